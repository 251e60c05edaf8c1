// What prettier and tsc leave to find. The arrows between folders are checked by `make layers`.
import js from '@eslint/js';
import globals from 'globals';

const rules = {
  eqeqeq: 'error',
  'no-console': ['error', { allow: ['warn', 'error'] }],
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-shadow': 'error',
  'no-throw-literal': 'error',
  'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
};

/** Properties that make elements of a text. */
const HTML_SINKS = [
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'createContextualFragment',
  'setHTMLUnsafe',
  'parseHTMLUnsafe',
  'srcdoc',
];

export default [
  { ignores: ['build/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['web/**/*.js'],
    languageOptions: { globals: { ...globals.browser, ...globals.worker } },
    rules: {
      ...rules,
      'max-lines': ['error', 300],
      // Text of models and files enters the page as text.
      'no-restricted-properties': [
        'error',
        ...HTML_SINKS.map((property) => ({ property, message: 'append text or elements' })),
        ...['write', 'writeln'].map((property) => ({
          object: 'document',
          property,
          message: 'append text or elements',
        })),
      ],
      'no-restricted-globals': ['error', { name: 'DOMParser', message: 'append text or elements' }],
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ regex: '^lit/directives/unsafe-|^lit/static-html', message: 'templates escape by themselves' }],
        },
      ],
      'no-script-url': 'error',
    },
  },
  { files: ['web/ui/styles/**', 'web/ui/text/**'], rules: { 'max-lines': 'off' } }, // CSS; words
  { files: ['web/app/sw.js'], languageOptions: { globals: globals.serviceworker } },
  { files: ['examples/**/*.js'], languageOptions: { globals: { ...globals.browser, ...globals.worker } }, rules },
  {
    files: ['tests/**/*.mjs', '*.mjs'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { ...rules, 'no-console': 'off' },
  },
];
