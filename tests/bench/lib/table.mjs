// Results as tables: a row for each contender and each set of parameters, min,
// median and max of each figure.

// [{ work, contender, parameters, values }] → [{ contender, parameters, figures: { name: [min, median, max] } }]
export function summarize(results) {
	const groups = new Map();
	for (const { contender, parameters, values } of results) {
		const key = JSON.stringify([parameters, contender]);
		const group = groups.get(key) ?? { contender, parameters, lists: {} };
		groups.set(key, group);
		for (const [name, value] of Object.entries(values).filter(([, it]) => it !== undefined))
			(group.lists[name] ??= []).push(value);
	}
	return [...groups.values()].map(({ contender, parameters, lists }) => ({
		contender, parameters,
		figures: Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, spread(list)])),
	}));
}

function spread(list) {
	const sorted = [...list].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
	return [sorted[0], median, sorted.at(-1)];
}

export function tableOf(works, results) {
	return works.map(({ number, title, columns }) => {
		const rows = summarize(results.filter(({ work }) => work === number));
		const names = Object.keys(rows[0]?.parameters ?? {});
		const used = columns.filter((name) => rows.some(({ figures }) => figures[name]));
		const lines = rows.map(({ contender, parameters, figures }) =>
			[...names.map((name) => parameters[name]), contender, ...used.map((name) => cell(figures[name]))]);
		const head = [...names, '', ...used.map((name) => name.replaceAll('_', ' '))];
		return [`### ${number}. ${title}`, '', row(head), row(head.map(() => '---')), ...lines.map(row), ''].join('\n');
	}).join('\n');
}

function row(cells) {
	return `| ${cells.join(' | ')} |`;
}

// The median, and in brackets what it was at least and at most.
function cell(figures) {
	if (!figures)
		return '';
	const [min, median, max] = figures.map(short);
	return min === max ? median : `${median} (${min}–${max})`;
}

function short(value) {
	if (Math.abs(value) >= 100)
		return Math.round(value).toLocaleString('en');
	return String(Number(value.toPrecision(3)));
}
