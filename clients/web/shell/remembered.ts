/** Small texts that this browser keeps; in private windows they may not be kept. */
export interface Remembered {
  /** Empty when there is none. */
  get(): string;
  /** Empty forgets it. */
  set(text: string): void;
}

/** Over visits. Never for secrets. */
export const remembered = (name: string): Remembered => kept(() => localStorage, name);

/** Until this tab is closed. */
export const rememberedInTab = (name: string): Remembered => kept(() => sessionStorage, name);

function kept(storage: () => Storage, name: string): Remembered {
  const key = `callbus.${name}`;
  return {
    get() {
      try {
        return storage().getItem(key) ?? '';
      } catch {
        return '';
      }
    },
    set(text) {
      try {
        if (text === '') storage().removeItem(key);
        else storage().setItem(key, text);
      } catch {
        // It is only not remembered.
      }
    },
  };
}
