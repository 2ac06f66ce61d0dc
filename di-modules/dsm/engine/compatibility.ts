/**
 * Where SEMS's behaviour is an accident (items marked F of reference/dsm) and a script could nevertheless
 * lean on it, `true` brings it back. Default: all `false`.
 */
export interface Compatibility {
  /** `$(i)`, `$"i"`: a name of one letter is not recognised and leaves its closing sign (2.4). */
  readonly oneLetterNames: boolean;
  /** What is set but empty hides the `$`, `#` or `@` right behind it: `$e$x` → `$x` (2.4). */
  readonly emptyHidesMarker: boolean;
  /** `<=` and `>=` are `<` and `>` with `=` at the beginning of the right side (2.5). */
  readonly noOrEqual: boolean;
  /** `for ($x in $a)` walks the names in order of their bytes: `a[10]` ends it behind `a[0]` (3.5). */
  readonly lexicalArrays: boolean;
  /** `for ($k,$v in s)` also visits what merely begins with `s`: `sx.y` (3.5). */
  readonly structPrefixes: boolean;
  /** `jumpFSM`, `callFSM` and `returnFSM` in a loop end its round only, not the list (3.5). */
  readonly loopsOutliveJumps: boolean;
  /** `callFSM` of an unknown diagram leaves a frame for a later `returnFSM` (3.6). */
  readonly unknownCallsPush: boolean;
}

/** The sound behaviour everywhere. */
export const soundBehaviour: Compatibility = Object.freeze({
  oneLetterNames: false,
  emptyHidesMarker: false,
  noOrEqual: false,
  lexicalArrays: false,
  structPrefixes: false,
  loopsOutliveJumps: false,
  unknownCallsPush: false,
});

/** As SEMS, accidents included. */
export const semsBehaviour: Compatibility = Object.freeze({
  oneLetterNames: true,
  emptyHidesMarker: true,
  noOrEqual: true,
  lexicalArrays: true,
  structPrefixes: true,
  loopsOutliveJumps: true,
  unknownCallsPush: true,
});
