import type { Pool, PoolClient } from 'pg'

/** Tables that Kysely keeps for itself. */
const KYSELY_TABLES = ['kysely_migration', 'kysely_migration_lock']

/**
 * Returns the SQL that the schema `public` adds up to, read from the catalogue: the same text for the
 * same schema, and text that makes the same schema in an empty database. (The embedded server has no
 * `pg_dump`, and another major's would write it differently.)
 */
export async function schemaText(pool: Pool): Promise<string> {
  const session = await pool.connect()
  try {
    await session.query(`set timezone = 'UTC'`)
    const parts = [
      ['-- What the migrations add up to. Written by schema.int.test.ts: do not edit.'],
      ['set check_function_bodies = off;'],
      await tables(session),
      await indexes(session),
      await functions(session),
      await views(session),
      await triggers(session),
      await firstRows(session),
    ]
    return `${parts.flat().join('\n\n')}\n`
  } finally {
    session.release(true)
  }
}

async function texts(session: PoolClient, query: string): Promise<string[]> {
  const { rows } = await session.query<{ text: string }>(query, [KYSELY_TABLES])
  return rows.map((row) => row.text)
}

/** Columns and constraints in the order of the table; storage and options where they are set. */
async function tables(session: PoolClient): Promise<string[]> {
  return await texts(
    session,
    `select format(
         'create %stable %I %s%s%s;%s',
         case relpersistence when 'u' then 'unlogged ' else '' end,
         relname,
         case when relispartition
           then format('partition of %I %s', (select inhparent::regclass from pg_inherits where inhrelid = class.oid),
             pg_get_expr(relpartbound, class.oid))
           else format(E'(\\n  %s\\n)', concat_ws(E',\\n  ', columns.text, constraints.text)) end,
         case relkind when 'p' then ' partition by ' || pg_get_partkeydef(class.oid) else '' end,
         ' with (' || nullif(concat_ws(', ', array_to_string(class.reloptions, ', '),
           (select string_agg('toast.' || option, ', ') from pg_class as toast,
             unnest(toast.reloptions) as option where toast.oid = class.reltoastrelid)), '') || ')',
         storages.text) as text
       from pg_class as class,
       lateral (
         select string_agg(format('%I %s%s%s%s', attname, format_type(atttypid, atttypmod),
             case attidentity when 'a' then ' generated always as identity' else '' end,
             ' default ' || pg_get_expr(adbin, adrelid),
             case when attnotnull then ' not null' else '' end), E',\\n  ' order by attnum) as text
         from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
         where attrelid = class.oid and attnum > 0 and not attisdropped) as columns,
       lateral (
         select string_agg(format('constraint %I %s', conname, pg_get_constraintdef(oid)),
             E',\\n  ' order by contype, conname) as text
         from pg_constraint where conrelid = class.oid and contype in ('p', 'u', 'c', 'f')) as constraints,
       lateral (
         select coalesce(string_agg(format(E'\\nalter table %I alter column %I set storage %s;', relname,
             attname, case attstorage when 'e' then 'external' when 'm' then 'main'
               when 'p' then 'plain' else 'extended' end), '' order by attnum), '') as text
         from pg_attribute join pg_type on pg_type.oid = atttypid
         where attrelid = class.oid and attnum > 0 and not attisdropped and attstorage <> typstorage
       ) as storages
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> all ($1)
       order by relispartition, relname`,
  )
}

/** Indexes that no constraint and no partitioned parent has made already. */
async function indexes(session: PoolClient): Promise<string[]> {
  return await texts(
    session,
    `select pg_get_indexdef(class.oid) || ';' as text
     from pg_class as class join pg_index on indexrelid = class.oid
     where relnamespace = 'public'::regnamespace and relkind in ('i', 'I') and not relispartition
       and not exists (select from pg_constraint where conindid = class.oid)
       and (select relname from pg_class where oid = indrelid) <> all ($1)
     order by relname`,
  )
}

async function functions(session: PoolClient): Promise<string[]> {
  return await texts(
    session,
    `select rtrim(pg_get_functiondef(oid), E'\\n') || ';'
         || case when proacl is not null and not exists (
             select from aclexplode(proacl) where grantee = 0)
           then format(E'\\nrevoke execute on function %s from public;', oid::regprocedure)
           else '' end as text
     from pg_proc where pronamespace = 'public'::regnamespace and $1::text[] is not null
     order by proname`,
  )
}

async function views(session: PoolClient): Promise<string[]> {
  return await texts(
    session,
    `select format(E'create view %I as\\n%s', relname, pg_get_viewdef(oid)) as text
     from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'v' and $1::text[] is not null
     order by relname`,
  )
}

async function triggers(session: PoolClient): Promise<string[]> {
  return await texts(
    session,
    `select pg_get_triggerdef(pg_trigger.oid) || ';' as text
     from pg_trigger join pg_class as class on class.oid = tgrelid
     where relnamespace = 'public'::regnamespace and not tgisinternal and $1::text[] is not null
     order by relname, tgname`,
  )
}

/** The rows with which every table begins. */
async function firstRows(session: PoolClient): Promise<string[]> {
  const names = await texts(
    session,
    `select relname as text from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> all ($1)
     order by relname`,
  )
  const parts: string[] = []
  for (const name of names) {
    const inserts = await texts(
      session,
      `select format('insert into ${name} select * from json_populate_record(null::${name}, %L);',
         to_json(row)) as text
       from ${name} as row where $1::text[] is not null order by row::text`,
    )
    if (inserts.length > 0) parts.push(inserts.join('\n'))
  }
  return parts
}
