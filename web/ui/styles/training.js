/* The form of the export for training. */
import { css } from 'lit';

export const training = css`
  .training,
  .training fieldset {
    display: grid;
    gap: var(--space-3);
    justify-items: start;
  }
  .training label {
    display: flex;
    align-items: start;
    gap: var(--space-3);
  }
  .training strong {
    font-weight: 500;
  }
  .training .figures {
    margin-inline-start: var(--space-2);
    font-size: 0.875rem;
    color: var(--muted);
  }
  .training small {
    display: block;
  }
  .training input {
    flex: none;
    margin-top: 0.3em;
  }
  .training [data-none] strong {
    color: var(--muted);
  }
`;
