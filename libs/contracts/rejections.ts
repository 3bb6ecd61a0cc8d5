import { failureStatus, type Status, type StatusCause } from './status.js';

/** Kubernetes's refusals, with the texts of apimachinery's `api/errors`; `resource` is the plural: `pods`. */
export const rejections = {
  /** The request itself makes no sense: not JSON, an unknown field, a value of the wrong type. */
  badRequest: (message: string): Status => failureStatus('BadRequest', message),

  notFound: (resource: string, name: string): Status =>
    failureStatus('NotFound', `${resource} "${name}" not found`, { name, kind: resource }),

  alreadyExists: (resource: string, name: string): Status =>
    failureStatus('AlreadyExists', `${resource} "${name}" already exists`, { name, kind: resource }),

  /** `why` ends the sentence that begins "Operation cannot be fulfilled on pods "x": ". */
  conflict: (resource: string, name: string, why: string): Status =>
    failureStatus('Conflict', `Operation cannot be fulfilled on ${resource} "${name}": ${why}`, {
      name,
      kind: resource,
    }),

  /** Ends a conflict's sentence when somebody else wrote first. */
  modified: 'the object has been modified; please apply your changes to the latest version and try again',

  forbidden: (resource: string, name: string, why: string): Status =>
    failureStatus('Forbidden', `${resource} "${name}" is forbidden: ${why}`, { name, kind: resource }),

  /** `causes` in the order found; `kind` is the singular with a capital: `Pod`. */
  invalid: (kind: string, name: string, causes: StatusCause[]): Status =>
    failureStatus('Invalid', `${kind} "${name}" is invalid: ${listed(causes)}`, { name, kind, causes }),
};

/** One error as it is, several in brackets, repeats once. */
function listed(causes: StatusCause[]): string {
  const texts = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}
