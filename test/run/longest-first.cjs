/** Order of the end-to-end files: the longest first, and the two on LocalStack, which computes most, as far apart as can be. */
const { default: Sequencer } = require('@jest/test-sequencer');

const FIRST = ['faults-localstack', 'droplets', 'droplet-births', 'faults', 'sites', 'cluster', 'cluster-neighbours'];
const LAST = ['first-catch-localstack'];

const nameOf = ({ path }) => path.replace(/^.*\/|\.test\.ts$/g, '');
const rank = (test) => {
  const [at, late] = [FIRST.indexOf(nameOf(test)), LAST.indexOf(nameOf(test))];
  return at >= 0 ? at : FIRST.length + late + 1;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return [...tests].sort((one, other) => rank(one) - rank(other));
  }
};
