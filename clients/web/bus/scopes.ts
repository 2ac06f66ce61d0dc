/** Do granted scopes (`module:action`, `*` on either side) cover the one that is needed? */
export function scopeCovers(granted: readonly string[], needed: string): boolean {
  const [module = '', action = ''] = needed.split(':');
  return granted.some((scope) => {
    const [grantedModule, grantedAction] = scope.split(':');
    return (grantedModule === '*' || grantedModule === module) && (grantedAction === '*' || grantedAction === action);
  });
}
