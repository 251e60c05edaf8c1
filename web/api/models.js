// assistant.models: the models on offer in OpenAI's shape.

import { CoreError } from '../lib/errors.js';

/** @typedef {{ id: string, object: 'model', created: number, owned_by: string }} ModelObject */

/** @param {string} id @returns {ModelObject} */
const modelObject = (id) => ({ id, object: 'model', created: 0, owned_by: 'open-assistant' });

export class Models {
  #loaded;
  #listed;

  /**
   * @param {string} loaded the id of the model that answers
   * @param {() => Promise<{ id: string }[]>} listed those of models.json
   */
  constructor(loaded, listed) {
    this.#loaded = loaded;
    this.#listed = listed;
  }

  /**
   * The model that is loaded, which answers whatever `model` a request names, and then those of models.json.
   * @returns {Promise<{ object: 'list', data: ModelObject[] }>}
   */
  async list() {
    const others = await this.#listed().catch(() => []); // without network, and never listed before
    const ids = new Set([this.#loaded, ...others.map((model) => model.id)]);
    return { object: 'list', data: [...ids].map(modelObject) };
  }

  /**
   * @param {string} id
   * @returns {Promise<ModelObject>}
   */
  async retrieve(id) {
    const { data } = await this.list();
    const model = data.find((m) => m.id === id);
    if (!model) throw new CoreError('ERR_NOT_FOUND', `There is no model "${id}". models.list() says which there are.`);
    return model;
  }
}
