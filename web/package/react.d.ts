// <oa-chat> in JSX: /// <reference types="open-assistant/react" />
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { OaChatElement } from '../app/package.js';

/** An attribute is a text; what it says is in the README of the package. */
interface OaChatAttributes extends DetailedHTMLProps<HTMLAttributes<OaChatElement>, OaChatElement> {
  model?: string;
  greeting?: string;
  system?: string;
  suggestions?: string;
  onready?: (event: CustomEvent<{ model: string }>) => void;
  onmessage?: (event: CustomEvent<{ role: 'user' | 'assistant'; text: string }>) => void;
  onfeedback?: (
    event: CustomEvent<{ emojis: string[]; labels: Record<string, number>; report: string | null }>,
  ) => void;
  onerror?: (event: CustomEvent<{ message: string }>) => void;
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'oa-chat': OaChatAttributes;
    }
  }
}
