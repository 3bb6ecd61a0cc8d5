/** Whether the client would rather have a `Table` (kubectl get) than the objects. The first acceptable type wins. */
export function wantsTable(accept: string | undefined): boolean {
  if (!accept?.includes('as=Table')) return false;
  for (const part of accept.split(',')) {
    const [type, ...parameters] = part.split(';').map((piece) => piece.trim());
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    if (
      parameters.includes('as=Table') &&
      parameters.includes('g=meta.k8s.io') &&
      parameters.includes('v=v1')
    )
      return true;
    if (!parameters.some((parameter) => parameter.startsWith('as='))) return false;
  }
  return false;
}
