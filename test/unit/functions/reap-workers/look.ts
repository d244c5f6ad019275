import { ReapReport } from '../../../../layers/core/reaping/records';
import type { AwayLife } from '../life/away-life';

export const reportOf = async (life: AwayLife) => ReapReport.parse(await life.stores.reaps.report());
export const marksOf = async (life: AwayLife) => (await reportOf(life)).marks.map(({ subject, kind }) => [subject, kind]);
export const typesOf = async (life: AwayLife, sourceId: string) =>
  (await life.stores.events.ofSource(sourceId)).items.map(({ type }) => type);
