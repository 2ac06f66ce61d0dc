/** The page: one frame, three pages that are loaded when they are opened. */
import { render } from 'preact';
import { Frame } from './shell/frame.tsx';

const root = document.getElementById('app');
if (root !== null) render(<Frame />, root);
