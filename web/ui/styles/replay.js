/* An answer once more, beside what it was. */
import { css } from 'lit';

export const replay = css`
  .replay .pane {
    display: grid;
    gap: var(--space-4);
  }
  .replay .good {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    font-weight: 500;
  }
  .replay .good .i {
    flex: none;
    color: var(--accent-text);
  }
  .differs {
    display: grid;
    gap: var(--space-1) var(--space-3);
  }
  .differs dt {
    font-size: var(--text-s);
    color: var(--muted);
  }
  .differs dd {
    overflow-wrap: anywhere;
  }
`;
