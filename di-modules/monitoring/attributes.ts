import type { DiValue } from '../../core/index.ts';

/** Names in the order in which they were first written; records with the same ones share it. */
interface Shape {
  readonly names: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  readonly next: Map<string, Shape>;
}

/** Records with more attributes, or longer names, keep their names themselves. */
const maxShared = 16;
const maxNameLength = 64;
const maxShapes = 1000;

const shapeOf = (names: readonly string[]): Shape => ({
  names,
  places: new Map(names.map((name, place) => [name, place])),
  next: new Map(),
});

/**
 * Shapes of the records of one store: most have the same few attributes, and a table of names for each would be the
 * larger part of them. What comes from outside cannot make it grow without end.
 */
export class Shapes {
  #empty = shapeOf([]);
  #count = 0;

  get empty(): Shape {
    return this.#empty;
  }

  /** Null: it is not worth sharing. */
  with(shape: Shape, name: string): Shape | null {
    const known = shape.next.get(name);
    if (known !== undefined) return known;
    if (shape.names.length >= maxShared || name.length > maxNameLength || this.#count >= maxShapes) return null;
    const made = shapeOf([...shape.names, name]);
    shape.next.set(name, made);
    this.#count++;
    return made;
  }

  clear(): void {
    this.#empty = shapeOf([]);
    this.#count = 0;
  }
}

/** Values by name, in the order in which the names were first written. */
export class Attributes implements Iterable<[name: string, value: DiValue]> {
  readonly #shapes: Shapes;
  #shape: Shape;
  #values: DiValue[] = [];
  /** Instead of shape and values, for what is not shared. */
  #own: Map<string, DiValue> | null = null;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
    this.#shape = shapes.empty;
  }

  get size(): number {
    return this.#own?.size ?? this.#values.length;
  }

  has(name: string): boolean {
    return (this.#own ?? this.#shape.places).has(name);
  }

  get(name: string): DiValue | undefined {
    if (this.#own !== null) return this.#own.get(name);
    const place = this.#shape.places.get(name);
    return place === undefined ? undefined : this.#values[place];
  }

  set(name: string, value: DiValue): void {
    const place = this.#own === null ? this.#shape.places.get(name) : undefined;
    if (place !== undefined) {
      this.#values[place] = value;
      return;
    }
    const grown = this.#own === null ? this.#shapes.with(this.#shape, name) : null;
    if (grown === null) {
      this.#own ??= new Map(this);
      this.#own.set(name, value);
      this.#values = [];
      return;
    }
    this.#shape = grown;
    // An array that is pushed to keeps room for many more.
    this.#values = [...this.#values, value];
  }

  /** All values of an empty record at once; false when they are better set one after the other. */
  fill(pairs: readonly (readonly [name: string, value: DiValue])[]): boolean {
    if (this.size > 0) return false;
    let shape: Shape | null = this.#shape;
    for (const [name] of pairs) {
      if (shape.places.has(name)) return false;
      shape = this.#shapes.with(shape, name);
      if (shape === null) return false;
    }
    this.#shape = shape;
    this.#values = pairs.map(([, value]) => value);
    return true;
  }

  *[Symbol.iterator](): Iterator<[name: string, value: DiValue]> {
    if (this.#own !== null) yield* this.#own;
    else for (const [place, name] of this.#shape.names.entries()) yield [name, this.#values[place] ?? null];
  }
}
