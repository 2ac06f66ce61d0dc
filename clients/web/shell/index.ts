/** What all pages are made of. */
export { Button, type ButtonProps, Field, type FieldProps, Meter, Select, Switch } from './controls.tsx';
export { Dialog } from './dialog.tsx';
export { Card, Page } from './page.tsx';
export { type Remembered, remembered, rememberedInTab } from './remembered.ts';
export { navigate, type Route, replacePath, route } from './route.ts';
export { signInShown } from './sign-in-shown.ts';
export { type Column, Table } from './table.tsx';
export { type Theme, theme } from './theme.ts';
export { after, every, nowMs, sleep, unixMs } from './time.ts';
export { Toasts, type Tone, toast } from './toast.tsx';
