import type { StatusCause } from '#contracts/status.js';
import { parseQuantity } from '#domain/scheduling/quantity.js';
import { causes } from '#domain/validation/causes.js';
import { canonicalBase64 } from './base64-field.js';
import {
  type Field,
  goTypeName,
  isEmpty,
  type Scalar,
  type StringMap,
  type Struct,
  type Type,
} from './schema.types.js';

type PlainObject = Record<string, unknown>;

export interface Decoded {
  /** The known fields, without nulls, without what is the server's, without what is empty and not honoured. */
  object: PlainObject;
  /** The first value of a wrong type, in the words of Go's JSON decoder. */
  typeError?: string;
  /** Paths that the schema does not know, in order. */
  unknownFields: string[];
  /** Fields that are known, but not honoured. */
  refusals: StatusCause[];
  warnings: string[];
}

/** Enough to show what is wrong; as many as Kubernetes collects. */
const maxFindings = 100;

/**
 * Reads an object by its schema, strictly, in one pass: nothing is coerced, nothing ignored in silence. Goes no deeper
 * than the schema does, whatever the value.
 */
export function decodeObject(value: unknown, schema: Struct): Decoded {
  const decoder = new Decoder();
  const object = decoder.struct(value, schema, schema.name) ?? {};
  return { object, ...decoder.found };
}

class Decoder {
  readonly found: Omit<Decoded, 'object'> = { unknownFields: [], refusals: [], warnings: [] };
  private readonly path: (string | number)[] = [];
  /** Within a refused field nothing more is refused or warned of. */
  private isSettled = false;

  /** Undefined, here and below, for a value of the wrong type. `owner` is the struct that the value stands in. */
  struct(value: unknown, type: Struct, owner: string): PlainObject | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.wrongType(value, type, owner);
    }
    const object: PlainObject = {};
    for (const key of Object.keys(value)) {
      this.path.push(key);
      const field = type.fields.get(key);
      const given = (value as PlainObject)[key];
      if (!field) this.note(this.found.unknownFields, this.jsonPath());
      else if (given !== null && given !== undefined) {
        const decoded = this.field(given, field, type.name);
        if (decoded !== undefined) object[key] = decoded;
      }
      this.path.pop();
    }
    return object;
  }

  private field(value: unknown, field: Field, owner: string): unknown {
    if (field.verdict === 'server') return undefined;
    const wasSettled = this.isSettled;
    this.isSettled ||= field.verdict === 'refused';
    const decoded = this.value(value, field.type, owner);
    this.isSettled = wasSettled;
    if (decoded === undefined) return undefined;
    if (!wasSettled && !field.accepts(decoded)) this.judge(field);
    return field.verdict !== 'honoured' && isEmpty(decoded) ? undefined : decoded;
  }

  private judge({ verdict, note }: Field): void {
    const path = this.jsonPath();
    if (verdict === 'warned') this.note(this.found.warnings, `${path}: ${note}`);
    else this.note(this.found.refusals, causes.forbidden(path, note));
  }

  private value(value: unknown, type: Type, owner: string): unknown {
    switch (type.kind) {
      case 'struct':
        return this.struct(value, type, owner);
      case 'list':
        return this.list(value, type.of, type, owner);
      case 'map':
        return this.map(value, type, owner);
      default:
        return this.scalar(value, type, owner);
    }
  }

  private list(value: unknown, of: Type, type: Type, owner: string): unknown {
    if (!Array.isArray(value)) return this.wrongType(value, type, owner);
    return value.map((element, index) => {
      this.path.push(index);
      const decoded = element === null ? zeroOf(of) : this.value(element, of, owner);
      this.path.pop();
      return decoded;
    });
  }

  private map(value: unknown, type: StringMap, owner: string): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.wrongType(value, type, owner);
    }
    const entries = Object.entries(value).map(([key, element]) => {
      if (!this.isSettled && Object.hasOwn(type.warnedKeys, key)) {
        this.note(this.found.warnings, `${this.jsonPath()}[${key}]: ${type.warnedKeys[key]}`);
      }
      return [key, element === null ? zeroOf(type.of) : this.scalar(element, type.of, owner)] as const;
    });
    return Object.fromEntries(entries);
  }

  private scalar(value: unknown, type: Scalar, owner: string): unknown {
    switch (type.kind) {
      case 'string':
        return typeof value === 'string' ? value : this.wrongType(value, type, owner);
      case 'bytes':
        return this.bytes(value, type, owner);
      case 'bool':
        return typeof value === 'boolean' ? value : this.wrongType(value, type, owner);
      case 'int32':
      case 'int64':
        return isInteger(value, type.kind) ? value : this.wrongType(value, type, owner);
      case 'quantity':
        return this.quantity(value, type, owner);
      case 'intOrString':
        return typeof value === 'string' || isInteger(value, 'int32')
          ? value
          : this.wrongType(value, type, owner);
      case 'any':
        return value;
    }
  }

  /** Written as a string or as a number; kept as a string. */
  private quantity(value: unknown, type: Scalar, owner: string): string | undefined {
    if (typeof value !== 'string' && typeof value !== 'number') return this.wrongType(value, type, owner);
    const text = String(value).trim();
    const parsed = parseQuantity(text);
    if ('error' in parsed) this.found.typeError ??= parsed.error;
    return text;
  }

  private bytes(value: unknown, type: Scalar, owner: string): string | undefined {
    if (typeof value !== 'string') return this.wrongType(value, type, owner);
    const canonical = canonicalBase64(value);
    if ('base64' in canonical) return canonical.base64;
    this.found.typeError ??= canonical.error;
    return undefined;
  }

  private wrongType(value: unknown, type: Type, owner: string): undefined {
    const at = this.path.length === 0 ? 'Go value' : `Go struct field ${owner}.${this.goPath()}`;
    this.found.typeError ??= `json: cannot unmarshal ${kindOf(value, type)} into ${at} of type ${goTypeName(type)}`;
  }

  private note<T>(list: T[], finding: T): void {
    if (list.length < maxFindings) list.push(finding);
  }

  /** `spec.containers[0].image` */
  private jsonPath(): string {
    return this.path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
      .join('')
      .slice(1);
  }

  /** `spec.containers.image`: Go's decoder leaves the positions out. */
  private goPath(): string {
    return this.path.filter((step) => typeof step === 'string').join('.');
  }
}

const maxInt32 = 2 ** 31 - 1;

const isInteger = (value: unknown, kind: 'int32' | 'int64'): boolean =>
  Number.isSafeInteger(value) && (kind === 'int64' || Math.abs(value as number) <= maxInt32);

/** The words of Go's `UnmarshalTypeError`: a number itself is told only where another number was expected. */
function kindOf(value: unknown, expected: Type): string {
  if (Array.isArray(value)) return 'array';
  const isShown = expected.kind === 'int32' || expected.kind === 'int64';
  if (typeof value === 'number')
    return isShown && !Number.isSafeInteger(value) ? `number ${value}` : 'number';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** What Go makes of a null within a list or a map. */
function zeroOf(type: Type): unknown {
  switch (type.kind) {
    case 'struct':
    case 'map':
      return {};
    case 'list':
      return [];
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
      return 0;
    case 'quantity':
      return '0';
    default:
      return '';
  }
}
