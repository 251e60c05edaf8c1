/* The shapes of the first view, for the one shadow root. What comes later brings its own (OaElement.sheets). */
import { base } from './base.js';
import { chat } from './chat.js';
import { composer } from './composer.js';
import { controls } from './controls.js';
import { dialogs } from './dialogs.js';
import { layout } from './layout.js';
import { markdown } from './markdown.js';
import { sidebar } from './sidebar.js';
import { toasts } from './toasts.js';
import { welcome } from './welcome.js';

export const styles = [base, controls, layout, sidebar, welcome, chat, markdown, composer, dialogs, toasts];
