/** One column of a `Table`; `priority` 1 is shown by `-o wide` only. */
export interface TableColumn {
  name: string;
  type: 'string' | 'integer';
  format: '' | 'name';
  description: string;
  priority: 0 | 1;
}

export interface RowCondition {
  type: 'Completed';
  status: 'True';
  reason: string;
  message: string;
}

/** How objects of one kind become rows; cells in the order of the columns. `doc` is the rendered object. */
export interface TableShape {
  columns: readonly TableColumn[];
  cells(doc: unknown, nowMs: number): (string | number)[];
  conditions?(doc: unknown): RowCondition[];
}

/** `includeObject` of `metav1.TableOptions`; what each row carries beside its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  /** Ages are counted to here. */
  nowMs: number;
  /** Default `Metadata`. */
  includeObject?: IncludeObject;
  /** Metadata of the list, or of the one object. */
  metadata?: Record<string, unknown>;
  /** False in a watch after its first event. */
  withColumns?: boolean;
}

/** A `meta.k8s.io/v1` Table of rendered objects, as `kubectl get` asks for. Pure. */
export function renderTable(
  shape: TableShape,
  docs: readonly unknown[],
  { nowMs, includeObject = 'Metadata', metadata = {}, withColumns = true }: TableOptions,
): Record<string, unknown> {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns ? shape.columns : [],
    rows: docs.map((doc) => {
      const conditions = shape.conditions?.(doc) ?? [];
      return {
        cells: shape.cells(doc, nowMs),
        ...(conditions.length > 0 ? { conditions } : {}),
        object: objectOf(doc, includeObject),
      };
    }),
  };
}

function objectOf(doc: unknown, include: IncludeObject): unknown {
  switch (include) {
    case 'None':
      return null;
    case 'Object':
      return doc;
    case 'Metadata': {
      const { metadata } = doc as { metadata: unknown };
      return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    }
  }
}

export const column = (name: string, description: string, extra: Partial<TableColumn> = {}): TableColumn => ({
  name,
  type: 'string',
  format: '',
  description,
  priority: 0,
  ...extra,
});

/** Columns that every kind has, with Kubernetes's own descriptions. */
export const nameColumn = (extra: Partial<TableColumn> = {}): TableColumn =>
  column(
    'Name',
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
    { format: 'name', ...extra },
  );
export const ageColumn = column(
  'Age',
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
);
