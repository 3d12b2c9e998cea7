// What was to be reached, and what was.
//
// A target is { text, of, to, by, atLeast | above | atMost | below }: `of` and `to` are
// [contender, parameters, figure …], figures being added up.  Without `to`
// the figure itself is meant, otherwise its ratio to the other one's, or (by:
// 'difference') what it is above it.  Both are taken within each repetition.

import { cell, fits, spread } from './table.mjs';

const comparisons = {
	atLeast: ['≥', (value, limit) => value >= limit], above: ['>', (value, limit) => value > limit],
	atMost: ['≤', (value, limit) => value <= limit], below: ['<', (value, limit) => value < limit],
};

// { text, limit, reached: [min, median, max], isMet }; throws where the run has not what the target is about.
export function judge(target, results) {
	const { text, of, to, by = 'ratio' } = target;
	const [mine, theirs] = [of, to].map((it) => it && pick(it, results));
	const list = [...mine].filter(([round]) => !theirs || theirs.has(round)).map(([round, value]) => {
		if (!theirs)
			return value;
		return by === 'ratio' ? value / theirs.get(round) : value - theirs.get(round);
	});
	const [name, [sign, compare]] = Object.entries(comparisons).find(([it]) => it in target);
	if (list.length === 0)
		throw new Error(`nothing was measured for: ${text}`);
	const reached = spread(list);
	return { text, limit: `${sign} ${target[name]}`, reached, isMet: compare(reached[1], target[name]) };
}

// round → figure
function pick([contender, parameters, ...figures], results) {
	return new Map(results
		.filter((it) => it.contender === contender && fits(it.parameters, parameters) && figures.every((figure) => figure in it.values))
		.map(({ round, values }) => [round, figures.reduce((sum, figure) => sum + values[figure], 0)]));
}

export function rowOf(work, { text, limit, reached, isMet }) {
	return [work, text, limit, cell(reached), isMet ? 'yes' : '**no**'];
}
