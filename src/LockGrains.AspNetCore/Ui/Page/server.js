// What serves the page: version, cluster, silos, and what the locks are kept in.
import { get, Lost, Problem } from './api.js';
import { Repeat } from './repeat.js';
import { element, plural } from './text.js';

const find = id => document.getElementById(id);
const siloPeriod = 10_000;

let silos;

/** Reads who serves here, and returns the name of the access key in use. It fails as any call does. */
export async function readServer() {
  const { version, clusterId, storage, accessKey } = await get('');
  find('version').textContent = version;
  find('cluster').textContent = `Cluster ${clusterId}${storage === null ? '' : `, locks in ${storage.name}`}`;
  find('not-durable').hidden = storage?.durable !== false;
  find('not-durable').textContent = 'The locks are in memory alone. When this silo stops, all of them are gone. This is for trying things out.';
  silos?.stop();
  silos = new Repeat(siloPeriod, readSilos);
  silos.start();
  return accessKey;
}

async function readSilos(signal) {
  try {
    const { silos: all } = await get('/silos', {}, signal);
    const others = all.filter(silo => silo.status !== 'active');
    find('silo-count').textContent = plural(all.length, 'silo', 'silos') + (others.length === 0 ? '' : `, ${others.length} not active`);
    find('silo-list').replaceChildren(...all.map(({ name, address, status }) => element('li', {}, `${name} at ${address}: ${status}`)));
    find('silos').hidden = false;
  } catch (error) {
    // Where the server replies, and may not or cannot say. Where it does not reply, the page says that already.
    if (error instanceof Problem) find('silos').hidden = true;
    else if (!(error instanceof Lost)) throw error;
  }
}
