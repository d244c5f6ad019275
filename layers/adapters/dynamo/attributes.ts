import { z } from 'zod';

type TypeName<V> = [V] extends [string | undefined]
  ? 'string'
  : [V] extends [number | undefined]
    ? 'number'
    : [V] extends [boolean | undefined]
      ? 'boolean'
      : 'any';
type AttributesOf<T> = { readonly [K in keyof T]-?: { readonly type: TypeName<T[K]> } };

const typeName = (schema: z.core.$ZodType): string => {
  if (schema instanceof z.ZodOptional) return typeName(schema.def.innerType);
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  return schema instanceof z.ZodString || schema instanceof z.ZodStringFormat || schema instanceof z.ZodEnum ? 'string' : 'any';
};

/** Attributes of an entity as ElectroDB wants them, taken from its schema: a field that is added there is stored without a change here. */
export const attributesOf = <S extends z.ZodObject>(schema: S): AttributesOf<z.infer<S>> =>
  Object.fromEntries(
    Object.entries(schema.shape).map(([name, type]) => [name, { type: typeName(type as z.core.$ZodType) }]),
  ) as AttributesOf<z.infer<S>>;

/** An attribute of the table alone: it makes keys and never reaches the domain. */
export const hidden = <const T extends 'string' | 'number'>(type: T): { readonly type: T; readonly hidden: true } => ({
  type,
  hidden: true,
});
