import { Button } from '../../shell/index.ts';
import { type Draft, emptyDraft, type Fault } from '../forms/draft.ts';
import type { Member } from '../forms/field.ts';
import { FieldInput } from './field-input.tsx';

export interface MembersInputProps {
  readonly members: readonly Member[];
  /** Members without a draft are not given. */
  readonly drafts: { readonly [name: string]: Draft };
  readonly fault: Fault | null;
  readonly onChange: (drafts: { readonly [name: string]: Draft }) => void;
}

/** The arguments of a function, or the members of a struct: those that are given, and buttons for the others. */
export function MembersInput({ members, drafts, fault, onChange }: MembersInputProps) {
  const given = members.filter(({ name }) => drafts[name] !== undefined);
  const absent = members.filter(({ name }) => drafts[name] === undefined);
  const without = (name: string): void =>
    onChange(Object.fromEntries(Object.entries(drafts).filter(([each]) => each !== name)));
  return (
    <>
      {given.map(({ name, summary, required, field }) => {
        const draft = drafts[name];
        return draft === undefined ? null : (
          <div key={name} class="member">
            <FieldInput
              name={name}
              summary={summary}
              required={required}
              field={field}
              draft={draft}
              fault={fault?.where[0] === name ? { ...fault, where: fault.where.slice(1) } : null}
              onChange={(next) => onChange({ ...drafts, [name]: next })}
            />
            {required ? null : (
              <Button size="small" kind="plain" label={`Leave out ${name}`} onClick={() => without(name)}>
                ×
              </Button>
            )}
          </div>
        );
      })}
      {absent.length === 0 ? null : (
        <fieldset class="optional">
          <legend class="unseen">Optional</legend>
          {absent.map(({ name, summary, field }) => (
            <Button
              key={name}
              size="small"
              title={summary}
              label={`Give ${name}`}
              onClick={() => onChange({ ...drafts, [name]: emptyDraft(field) })}
            >
              + {name}
            </Button>
          ))}
        </fieldset>
      )}
    </>
  );
}
