// Results as tables: a row for each contender and each set of parameters, min,
// median and max of each figure.

// [{ work, contender, parameters, values }] → [{ contender, parameters, figures: { name: [min, median, max] } }]
export function summarize(results) {
	const groups = new Map();
	for (const { contender, parameters, values } of results) {
		const key = JSON.stringify([parameters, contender]);
		const group = groups.get(key) ?? { contender, parameters, lists: {} };
		groups.set(key, group);
		for (const [name, value] of Object.entries(values))
			(group.lists[name] ??= []).push(value);
	}
	return [...groups.values()].map(({ contender, parameters, lists }) => ({
		contender, parameters,
		figures: Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, spread(list)])),
	}));
}

// [min, median, max]
export function spread(list) {
	const sorted = [...list].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
	return [sorted[0], median, sorted.at(-1)];
}

// Whether these parameters have all that is wanted of them.
export function fits(parameters, wanted) {
	return Object.entries(wanted).every(([name, value]) => parameters[name] === value);
}

// A table of one work, the rows in the order of their parameters.
export function tableOf({ columns }, results) {
	const rows = summarize(results);
	const names = Object.keys(rows[0].parameters);
	const order = [...new Set(rows.map(({ parameters }) => JSON.stringify(parameters)))].sort(byParameters);
	rows.sort((a, b) => order.indexOf(JSON.stringify(a.parameters)) - order.indexOf(JSON.stringify(b.parameters)));
	const used = columns.filter((name) => rows.some(({ figures }) => figures[name]));
	return markdown([...names, '', ...used.map((name) => name.replaceAll('_', ' '))], rows.map(({ contender, parameters, figures }) =>
		[...names.map((name) => show(parameters[name])), contender, ...used.map((name) => cell(figures[name]))]));
}

// Numbers by size, words as they came.
function byParameters(a, b) {
	const [left, right] = [a, b].map((text) => Object.values(JSON.parse(text)));
	const at = left.findIndex((value, i) => value !== right[i]);
	return at >= 0 && typeof left[at] === 'number' && typeof right[at] === 'number' ? left[at] - right[at] : 0;
}

export function markdown(head, rows) {
	const line = (cells) => `| ${cells.join(' | ')} |`;
	return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

// The median, and in brackets what it was at least and at most.
export function cell(figures) {
	if (!figures)
		return '';
	const [min, median, max] = figures.map(show);
	return min === max ? median : `${median} (${min}–${max})`;
}

export function show(value) {
	if (typeof value !== 'number')
		return String(value ?? '');
	return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
