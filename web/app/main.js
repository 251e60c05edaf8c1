/* The chat page: gives the elements the API's Assistant. Where a host sends no headers for threads, the page is loaded once more. */
import { Assistant } from '../api/index.js';
import { OaApp } from '../ui/app.js';
import { isolate } from './isolate.js';

await isolate();
const app = document.querySelector('oa-app');
if (app instanceof OaApp) await app.start(Assistant);
