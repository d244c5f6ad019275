/** Order of the files of `npm test`'s end-to-end suite and of `npm run faults`, three of which run at once: long ones early, those that begin with much work apart, those on LocalStack, which computes, as far apart as can be. */
const { default: Sequencer } = require('@jest/test-sequencer');

const FIRST = [
  'crashes',
  'workflow',
  'fleet',
  'silent',
  'discovery',
  'faults-localstack',
  'droplets',
  'sites',
  'cluster',
  'cluster-neighbours',
  'faults',
  'droplet-births',
  'crashes-droplets',
  'neighbours',
];
const LAST = ['first-catch-localstack'];

const nameOf = ({ path }) => path.replace(/^.*\/|\.test\.ts$/g, '');
const rank = (test) => {
  const [at, late] = [FIRST.indexOf(nameOf(test)), LAST.indexOf(nameOf(test))];
  return at >= 0 ? at : FIRST.length + late + 1;
};

module.exports = class TestOrder extends Sequencer {
  sort(tests) {
    return [...tests].sort((one, other) => rank(one) - rank(other));
  }
};
