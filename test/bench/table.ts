import type { Figure } from './figure.js';

const headings = ['', 'podbus', 'beside', 'ratio', 'unit', ''];

/** A readable table, a line a figure. */
export function table(figures: readonly Figure[]): string {
  const lines = [headings, ...figures.map(line)];
  const widths = headings.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  const isNumber = (column: number) => column >= 1 && column <= 3;
  return lines
    .map((cells) =>
      cells
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const line = ({ name, ours, floor, ratio, unit, note }: Figure): string[] => [
  name,
  number(ours),
  floor === undefined ? '' : number(floor),
  ratio === undefined ? '' : ratio.toFixed(2),
  unit,
  note ?? '',
];

const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });
