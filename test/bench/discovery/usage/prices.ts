/** List prices in US dollars, on demand, without free tiers or discounts. */
export const PRICES = {
  region: 'us-east-1',
  /** As these pages stood, and as price guides of that year repeat them. */
  asOf: '2026',
  source: 'aws.amazon.com/{lambda,step-functions,dynamodb,s3,api-gateway}/pricing',
  lambdaRequest: 0.2 / 1e6,
  lambdaGbSecond: 0.0000166667,
  transition: 0.025 / 1e3,
  dynamoWriteUnit: 0.625 / 1e6,
  dynamoReadUnit: 0.125 / 1e6,
  s3Put: 0.005 / 1e3,
  s3Get: 0.0004 / 1e3,
  apiRequest: 3.5 / 1e6,
} as const;

/** What a service was asked for. Units of DynamoDB are request units, as it bills them. */
export interface Usage {
  readonly lambdaRequests: number;
  readonly lambdaGbSeconds: number;
  readonly transitions: number;
  readonly dynamoWriteUnits: number;
  readonly dynamoReadUnits: number;
  readonly s3Puts: number;
  readonly s3Gets: number;
  readonly apiRequests: number;
}
/** Of one use, by who asked for it. */
export type Part = 'transitions' | 'write units' | 'read units' | 'GB-seconds';
export type Parts = Readonly<Record<Part, Readonly<Record<string, number>>>>;

export const USES = {
  lambdaRequests: PRICES.lambdaRequest,
  lambdaGbSeconds: PRICES.lambdaGbSecond,
  transitions: PRICES.transition,
  dynamoWriteUnits: PRICES.dynamoWriteUnit,
  dynamoReadUnits: PRICES.dynamoReadUnit,
  s3Puts: PRICES.s3Put,
  s3Gets: PRICES.s3Get,
  apiRequests: PRICES.apiRequest,
} as const satisfies Record<keyof Usage, number>;
const NAMES = Object.keys(USES) as readonly (keyof Usage)[];

export const combined = (one: Usage, other: Usage, use: (one: number, other: number) => number): Usage =>
  Object.fromEntries(NAMES.map((name) => [name, use(one[name], other[name])])) as unknown as Usage;
export const dollarsOf = (usage: Usage, ...names: readonly (keyof Usage)[]): number =>
  (names.length === 0 ? NAMES : names).reduce((sum, name) => sum + usage[name] * USES[name], 0);
