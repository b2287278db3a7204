import { exerciseTasksApi } from '../support/exercise-tasks-api.js';
import { Cluster } from '../support/cluster.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';

describeOnCluster('the Tasks API of separate processes on shared engines', () => {
  exerciseTasksApi(async () => {
    const cluster = await Cluster.startEngines();
    await cluster.start('commands', 'commands');
    // Which is to be asked for where the read model is on an engine.
    const keeps = { VERSIONS_KEEP_DAYS: '90' };
    await cluster.start('projections', 'projector,feed', keeps);
    const { url } = await cluster.start('query', 'query', keeps);
    await cluster.ready();
    return { url, stop: () => cluster.stop() };
  });
});
