/* Message trees as pure functions: which branch is shown, what its siblings are. A tree is a Map of nodes by id; the order of the
 * map is the order of creation. Broken input (a parent that is missing, a cycle) never hangs it: such nodes count as roots. */

/** @typedef {{ message_id: string, parent_id: string | null }} TreeNode */

/**
 * The nodes from a root down to `tail`.
 * @template {TreeNode} N
 * @param {Map<string, N>} nodes
 * @param {string | null} tail
 * @returns {N[]}
 */
export function pathTo(nodes, tail) {
  /** @type {N[]} */
  const path = [];
  const seen = new Set();
  for (let node = tail === null ? undefined : nodes.get(tail); node && !seen.has(node.message_id);) {
    seen.add(node.message_id);
    path.push(node);
    node = node.parent_id === null ? undefined : nodes.get(node.parent_id);
  }
  return path.reverse();
}

/**
 * All children by their parent; under null: the roots. For who asks about many nodes at once.
 * @template {TreeNode} N
 * @param {Map<string, N>} nodes
 * @returns {Map<string | null, N[]>}
 */
export function indexChildren(nodes) {
  /** @type {Map<string | null, N[]>} */
  const index = new Map();
  for (const node of nodes.values()) {
    const parent = node.parent_id !== null && nodes.has(node.parent_id) ? node.parent_id : null;
    const list = index.get(parent);
    if (list) list.push(node);
    else index.set(parent, [node]);
  }
  return index;
}

/**
 * The children of `parent`; of null: the roots. In order of creation.
 * @template {TreeNode} N
 * @param {Map<string, N>} nodes
 * @param {string | null} parent
 * @returns {N[]}
 */
export function childrenOf(nodes, parent) {
  const all = [...nodes.values()];
  if (parent === null) return all.filter((n) => n.parent_id === null || !nodes.has(n.parent_id));
  return all.filter((n) => n.parent_id === parent);
}

/**
 * The alternatives at a node's place, itself included.
 * @template {TreeNode} N
 * @param {Map<string, N>} nodes
 * @param {N} node
 * @returns {N[]}
 */
export function siblingsOf(nodes, node) {
  return childrenOf(nodes, node.parent_id !== null && nodes.has(node.parent_id) ? node.parent_id : null);
}

/**
 * The end of the newest branch below `id` (itself when it has no children); of null: of the whole tree, null when it is empty.
 * @template {TreeNode} N
 * @param {Map<string, N>} nodes
 * @param {string | null} id
 * @returns {string | null}
 */
export function newestLeaf(nodes, id) {
  const seen = new Set();
  let at = id;
  for (let next = childrenOf(nodes, at).at(-1); next && !seen.has(next.message_id);) {
    seen.add(next.message_id);
    at = next.message_id;
    next = childrenOf(nodes, at).at(-1);
  }
  return at;
}
