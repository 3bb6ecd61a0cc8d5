import { requireLabelKey, requireLabelValue } from './label-syntax.js';
import { type Parsed, parsedBy, type Requirement, SelectorError } from './requirement.js';

/** The grammar's signs; everything else is a word, or the end (''). */
const signs = new Set(['!', '=', '==', '!=', '(', ')', ',', '>', '<']);
const lexemes = /\s*(==|!=|[=!(),<>]|[^\s=!(),<>]+)/gy;
const binaryOperators = 'in, notin, =, ==, !=, gt, lt';

/**
 * A label selector: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas; '' selects all.
 * `>` and `<` are refused. Grammar and errors are those of apimachinery's `labels.Parse`.
 */
export const parseLabelSelector = (text: string): Parsed => parsedBy(() => new Parser(text).selector());

class Parser {
  private readonly tokens: string[];
  private next = 0;

  constructor(text: string) {
    this.tokens = [...text.trim().matchAll(lexemes)].map((match) => match[1]!);
  }

  selector(): Requirement[] {
    const found: Requirement[] = [];
    while (this.peek() !== '') {
      if (!isWord(this.peek()) && this.peek() !== '!')
        throw unexpected(this.peek(), ", expected: !, identifier, or 'end of string'");
      found.push(this.requirement());
      const after = this.take();
      if (after === '') break;
      if (after !== ',') throw unexpected(after, ", expected: ',' or 'end of string'");
      if (!isWord(this.peek()) && this.peek() !== '!')
        throw unexpected(this.peek(), ", expected: identifier after ','");
    }
    return found;
  }

  private requirement(): Requirement {
    const isNegated = this.peek() === '!';
    if (isNegated) this.take();
    const key = this.take();
    if (!isWord(key)) throw inRequirement(key, ', expected: identifier');
    requireLabelKey(key);
    if (isNegated) return { key, operator: 'DoesNotExist', values: [] };
    if (this.peek() === '' || this.peek() === ',') return { key, operator: 'Exists', values: [] };
    const operator = this.operator();
    const values = operator.isSet ? this.set() : [this.value()];
    values.forEach((value, index) => {
      requireLabelValue(key, value, index);
    });
    return { key, operator: operator.is, values };
  }

  private operator(): { is: 'In' | 'NotIn'; isSet: boolean } {
    const sign = this.take();
    switch (sign) {
      case '=':
      case '==':
        return { is: 'In', isSet: false };
      case '!=':
        return { is: 'NotIn', isSet: false };
      case 'in':
        return { is: 'In', isSet: true };
      case 'notin':
        return { is: 'NotIn', isSet: true };
      default:
        throw inRequirement(sign, `, expected: ${binaryOperators}`);
    }
  }

  /** What follows `=`; nothing is the empty value. */
  private value(): string {
    if (this.peek() === '' || this.peek() === ',') return '';
    const value = this.take();
    if (!isWord(value)) throw inRequirement(value, ', expected: identifier');
    return value;
  }

  /** `(a,b)`; an empty place between commas is the empty value. */
  private set(): string[] {
    const open = this.take();
    if (open !== '(') throw inRequirement(open, " expected: '('");
    const values: string[] = [];
    for (let isPlaceEmpty = true; ; ) {
      const token = this.take();
      if (isWord(token) && isPlaceEmpty) {
        values.push(token);
        isPlaceEmpty = false;
      } else if (token === ',' || token === ')') {
        if (isPlaceEmpty) values.push('');
        if (token === ')') return [...new Set(values)].sort();
        isPlaceEmpty = true;
      } else {
        throw inRequirement(
          token,
          isPlaceEmpty ? ", expected: ',', ')' or identifier" : ", expected: ',' or ')'",
        );
      }
    }
  }

  private peek(): string {
    return this.tokens[this.next] ?? '';
  }

  private take(): string {
    return this.tokens[this.next++] ?? '';
  }
}

const isWord = (token: string): boolean => token !== '' && !signs.has(token);
const unexpected = (token: string, rest: string): SelectorError =>
  new SelectorError(`found '${token}'${rest}`);
const inRequirement = (token: string, rest: string): SelectorError =>
  new SelectorError(`unable to parse requirement: found '${token}'${rest}`);
