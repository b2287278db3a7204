import { exerciseTasksApi } from '../support/exercise-tasks-api.js';
import { Cluster } from '../support/cluster.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';

describeOnCluster('the Tasks API of separate processes on shared engines', () => {
  exerciseTasksApi(async () => {
    const cluster = await Cluster.startEngines();
    await cluster.start('commands', 'commands');
    await cluster.start('projections', 'projector,feed');
    const { url } = await cluster.start('query', 'query');
    await cluster.ready();
    return { url, stop: () => cluster.stop() };
  });
});
