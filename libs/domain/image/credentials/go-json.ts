/** Where JSON ends or goes wrong, in the words of Go's `encoding/json`. */
class JsonError extends Error {}

/** Deeper than Go follows. */
const maxDepth = 10_000;

const literals: Record<string, string> = { t: 'true', f: 'false', n: 'null' };
const escapes = new Set('bfnrt\\/"');

/**
 * Parses JSON; `error` is the text with which Go's `json.Unmarshal` refuses it
 * (`invalid character 'o' in literal null (expecting 'u')`).
 */
export function parseGoJson(text: string): { value: unknown } | { error: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { error: new Scanner(text).complaint() };
  }
}

/** Goes through a text that is no JSON up to the place where Go would stop. */
class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  complaint(): string {
    try {
      this.value(0);
      this.space();
      if (this.at < this.text.length) this.fail('after top-level value');
      return 'unexpected end of JSON input';
    } catch (error) {
      if (error instanceof JsonError) return error.message;
      throw error;
    }
  }

  private fail(where: string): never {
    const char = this.text.codePointAt(this.at);
    if (char === undefined) throw new JsonError('unexpected end of JSON input');
    throw new JsonError(`invalid character ${quotedChar(String.fromCodePoint(char))} ${where}`);
  }

  private peek(): string {
    return this.text[this.at] ?? '';
  }

  private space(): void {
    while (this.peek() !== '' && ' \t\r\n'.includes(this.peek())) this.at++;
  }

  private value(depth: number): void {
    if (depth > maxDepth) throw new JsonError('exceeded max depth');
    this.space();
    const char = this.peek();
    if (char === '{') this.members(depth);
    else if (char === '[') this.elements(depth);
    else if (char === '"') this.string();
    else if (literals[char]) this.literal(literals[char]);
    else if (/[-0-9]/.test(char)) this.number();
    else this.fail('looking for beginning of value');
  }

  private members(depth: number): void {
    this.at++;
    this.space();
    if (this.peek() === '}') return void this.at++;
    for (;;) {
      this.space();
      if (this.peek() !== '"') this.fail('looking for beginning of object key string');
      this.string();
      this.space();
      if (this.peek() !== ':') this.fail('after object key');
      this.at++;
      this.value(depth + 1);
      this.space();
      if (this.peek() === '}') return void this.at++;
      if (this.peek() !== ',') this.fail('after object key:value pair');
      this.at++;
    }
  }

  private elements(depth: number): void {
    this.at++;
    this.space();
    if (this.peek() === ']') return void this.at++;
    for (;;) {
      this.value(depth + 1);
      this.space();
      if (this.peek() === ']') return void this.at++;
      if (this.peek() !== ',') this.fail('after array element');
      this.at++;
    }
  }

  private string(): void {
    for (this.at++; this.peek() !== '"'; this.at++) {
      if (this.peek() < ' ') this.fail('in string literal');
      if (this.peek() !== '\\') continue;
      this.at++;
      if (this.peek() === 'u') {
        for (let digit = 0; digit < 4; digit++) {
          this.at++;
          if (!/[0-9a-fA-F]/.test(this.peek())) this.fail('in \\u hexadecimal character escape');
        }
      } else if (!escapes.has(this.peek())) this.fail('in string escape code');
    }
    this.at++;
  }

  private literal(word: string): void {
    for (const letter of word) {
      if (this.peek() !== letter) this.fail(`in literal ${word} (expecting ${quotedChar(letter)})`);
      this.at++;
    }
  }

  private number(): void {
    if (this.peek() === '-') this.at++;
    if (this.peek() === '0') this.at++;
    else this.digits('in numeric literal');
    if (this.peek() === '.') {
      this.at++;
      this.digits('after decimal point in numeric literal');
    }
    if (this.peek() === 'e' || this.peek() === 'E') {
      this.at++;
      if (this.peek() === '+' || this.peek() === '-') this.at++;
      this.digits('in exponent of numeric literal');
    }
  }

  private digits(where: string): void {
    if (!/[0-9]/.test(this.peek())) this.fail(where);
    while (/[0-9]/.test(this.peek())) this.at++;
  }
}

/** As Go prints a rune between single quotes. */
function quotedChar(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  return `'${JSON.stringify(char).slice(1, -1)}'`;
}

/** Go's name of what a JSON value is. */
export function goKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
