import { decideCallback } from '../../../../layers/core/callbacks/decide';
import { messageIn, UPGRADES, type Upgrades } from '../../../../layers/core/callbacks/older-words';
import { CALLBACK_VERSION } from '../../../../layers/core/wire';
import { envelope, MASTER, received, runJob } from './messages';

const started = runJob({ status: 'started', lastSeq: 5 });
/** As if the version before had said `at` for `sentAt`, and the one before that had numbered its messages as text. */
const INVENTED: Upgrades = {
  [CALLBACK_VERSION - 1]: ({ at, ...rest }) => ({ ...rest, sentAt: at }),
  [CALLBACK_VERSION - 2]: ({ seq, ...rest }) => ({ ...rest, seq: Number(seq) }),
};
const { sentAt, ...others } = envelope('finished', 9);
const before = { ...others, v: CALLBACK_VERSION - 1, at: sentAt };

test('the end of a job that was told in the words of the version before is applied', () => {
  expect(decideCallback(started, received(before), MASTER, INVENTED)).toMatchObject({
    action: 'report',
    envelope: { v: CALLBACK_VERSION, sentAt },
  });
});

test('one of two versions before is taken up step by step', () => {
  const older = { ...before, v: CALLBACK_VERSION - 2, seq: '9' };
  expect(messageIn(Buffer.from(JSON.stringify(older)), INVENTED)).toEqual(envelope('finished', 9));
});

test('its signature is over what was sent, not over what it became', () => {
  const forged = { ...received(before), signature: received(envelope('finished', 9)).signature };
  expect(decideCallback(started, forged, MASTER, INVENTED)).toMatchObject({ status: 401 });
});

test.each([CALLBACK_VERSION - 1, CALLBACK_VERSION + 1, 'text', undefined, 1.5])(
  'version %p, of which nothing is known, is refused',
  (v) => {
    expect(decideCallback(started, received({ ...envelope('finished', 9), v }), MASTER)).toMatchObject({
      status: 422,
      reason: 'bad-envelope',
    });
  },
);

test('whoever raises the version says what the one before becomes', () => {
  const today: number = CALLBACK_VERSION;
  const needed = today > 1 ? [today - 1] : [];
  expect(Object.keys(UPGRADES).map(Number)).toEqual(expect.arrayContaining(needed));
});
