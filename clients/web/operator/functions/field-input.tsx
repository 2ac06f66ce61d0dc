import { Button, Select, Switch, Field as TextInput } from '../../shell/index.ts';
import { branchDraft, type Draft, emptyDraft, type Fault } from '../forms/draft.ts';
import type { Field } from '../forms/field.ts';
import { MembersInput } from './members-input.tsx';

export interface FieldInputProps {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  readonly field: Field;
  readonly draft: Draft;
  /** Of this field or of a part of it. */
  readonly fault: Fault | null;
  readonly onChange: (draft: Draft) => void;
}

/** What one gives a value of a schema by. */
export function FieldInput(props: FieldInputProps) {
  const { name, field, draft, onChange } = props;
  switch (field.kind) {
    case 'text':
    case 'number':
    case 'json':
      return <TypedInput {...props} />;
    case 'boolean':
      return (
        <Group {...props}>
          <Switch
            label={draft.kind === 'boolean' && draft.on ? 'true' : 'false'}
            on={draft.kind === 'boolean' && draft.on}
            onChange={(on) => onChange({ kind: 'boolean', on })}
          />
        </Group>
      );
    case 'null':
      return (
        <Group {...props}>
          <code>null</code>
        </Group>
      );
    case 'choice':
      return (
        <Select
          label={labelOf(props)}
          hint={props.summary}
          value={draft.kind === 'choice' ? String(draft.index) : '0'}
          options={field.options.map((option, i) => ({
            value: String(i),
            text: typeof option === 'string' ? option : JSON.stringify(option),
          }))}
          onChange={(index) => onChange({ kind: 'choice', index: Number(index) })}
        />
      );
    case 'struct':
      return (
        <Group {...props}>
          <MembersInput
            members={field.members}
            drafts={draft.kind === 'struct' ? draft.members : {}}
            fault={props.fault}
            onChange={(members) => onChange({ kind: 'struct', members })}
          />
        </Group>
      );
    case 'list':
      return <ListInput {...props} item={field.item} least={field.least} most={field.most} />;
    case 'tuple':
      return (
        <Group {...props}>
          {field.items.map((item, i) => (
            <FieldInput
              key={i}
              name={`${name} ${i + 1}`}
              summary=""
              required
              field={item}
              draft={itemsOf(draft)[i] ?? emptyDraft(item)}
              fault={under(props.fault, String(i + 1))}
              onChange={(next) =>
                onChange({
                  kind: 'list',
                  items: field.items.map((each, at) => (at === i ? next : (itemsOf(draft)[at] ?? emptyDraft(each)))),
                })
              }
            />
          ))}
        </Group>
      );
    case 'map':
      return <MapInput {...props} value={field.value} />;
    case 'union':
      return <UnionInput {...props} branches={field.branches} />;
  }
}

const labelOf = ({ name, required }: FieldInputProps): string => (required ? name : `${name} (optional)`);
const itemsOf = (draft: Draft): readonly Draft[] => (draft.kind === 'list' ? draft.items : []);
const ownFault = (fault: Fault | null): string | undefined =>
  fault !== null && fault.where.length === 0 ? fault.sentence : undefined;
const under = (fault: Fault | null, place: string): Fault | null =>
  fault?.where[0] === place ? { ...fault, where: fault.where.slice(1) } : null;

/** Several inputs that make one value. */
function Group(props: FieldInputProps & { readonly children: preact.ComponentChildren }) {
  const sentence = ownFault(props.fault);
  return (
    <fieldset class="group">
      <legend>{labelOf(props)}</legend>
      {props.summary === '' ? null : <p class="hint">{props.summary}</p>}
      {props.children}
      {sentence === undefined ? null : (
        <p class="fault" role="alert">
          {sentence}
        </p>
      )}
    </fieldset>
  );
}

function TypedInput(props: FieldInputProps) {
  const { summary, field, draft, fault, onChange, required } = props;
  const isSecret = field.kind === 'text' && field.secret;
  const sentence = ownFault(fault);
  const title = field.kind === 'text' && field.title !== '' ? ` · ${field.title}` : '';
  return (
    <TextInput
      label={`${labelOf(props)}${title}`}
      value={draft.kind === 'typed' ? draft.text : ''}
      onInput={(text) => onChange({ kind: 'typed', text })}
      type={isSecret ? 'password' : 'text'}
      {...(field.kind === 'number' ? { inputMode: field.whole ? 'numeric' : 'decimal' } : {})}
      {...(field.kind === 'json' ? { rows: 2, placeholder: 'JSON' } : {})}
      {...(summary === '' && !isSecret ? {} : { hint: isSecret ? `${summary} It stands in no line beside.` : summary })}
      {...(sentence === undefined ? {} : { fault: sentence })}
      required={required}
      autoComplete="off"
    />
  );
}

function ListInput(props: FieldInputProps & { readonly item: Field; readonly least: number; readonly most: number }) {
  const { name, draft, item, least, most, fault, onChange } = props;
  const items = itemsOf(draft);
  const set = (next: readonly Draft[]): void => onChange({ kind: 'list', items: next });
  return (
    <Group {...props}>
      {items.map((each, i) => (
        <div key={i} class="member">
          <FieldInput
            name={`${name} ${i + 1}`}
            summary=""
            required
            field={item}
            draft={each}
            fault={under(fault, String(i + 1))}
            onChange={(next) => set(items.map((one, at) => (at === i ? next : one)))}
          />
          {items.length > least ? (
            <Button
              size="small"
              kind="plain"
              label={`Remove ${name} ${i + 1}`}
              onClick={() => set(items.filter((_, at) => at !== i))}
            >
              ×
            </Button>
          ) : null}
        </div>
      ))}
      {items.length < most ? (
        <Button size="small" label={`One more in ${name}`} onClick={() => set([...items, emptyDraft(item)])}>
          + one more
        </Button>
      ) : null}
    </Group>
  );
}

function MapInput(props: FieldInputProps & { readonly value: Field }) {
  const { name, draft, value, fault, onChange } = props;
  const entries = draft.kind === 'map' ? draft.entries : [];
  const set = (next: typeof entries): void => onChange({ kind: 'map', entries: next });
  return (
    <Group {...props}>
      {entries.map((entry, i) => (
        <div key={i} class="member entry">
          <TextInput
            label={`Name ${i + 1}`}
            value={entry.name}
            onInput={(text) => set(entries.map((one, at) => (at === i ? { ...one, name: text } : one)))}
          />
          <FieldInput
            name={`Value ${i + 1}`}
            summary=""
            required
            field={value}
            draft={entry.value}
            fault={under(fault, entry.name)}
            onChange={(next) => set(entries.map((one, at) => (at === i ? { ...one, value: next } : one)))}
          />
          <Button
            size="small"
            kind="plain"
            label={`Remove ${entry.name === '' ? `entry ${i + 1}` : entry.name}`}
            onClick={() => set(entries.filter((_, at) => at !== i))}
          >
            ×
          </Button>
        </div>
      ))}
      <Button
        size="small"
        label={`One more entry in ${name}`}
        onClick={() => set([...entries, { name: '', value: emptyDraft(value) }])}
      >
        + one more
      </Button>
    </Group>
  );
}

function UnionInput(props: FieldInputProps & { readonly branches: readonly Field[] }) {
  const { name, draft, branches, fault, onChange } = props;
  const branch = draft.kind === 'union' ? draft.branch : 0;
  const field = branches[branch];
  const inner = draft.kind === 'union' ? draft.draft : null;
  return (
    <Group {...props} fault={null}>
      <Select
        label={`Kind of ${name}`}
        hideLabel
        value={String(branch)}
        options={branches.map((each, i) => ({ value: String(i), text: kindText(each) }))}
        onChange={(index) => onChange(branchDraft(branches, Number(index)))}
      />
      {field === undefined || inner === null || field.kind === 'null' ? null : (
        <FieldInput
          {...props}
          summary=""
          field={field}
          draft={inner}
          fault={fault}
          onChange={(next) => onChange({ kind: 'union', branch, draft: next })}
        />
      )}
    </Group>
  );
}

function kindText(field: Field): string {
  switch (field.kind) {
    case 'text':
      return field.base64 ? 'Bytes (Base64)' : 'Text';
    case 'number':
      return field.whole ? 'Whole number' : 'Number';
    case 'boolean':
      return 'true or false';
    case 'choice':
      return 'One of these';
    case 'null':
      return 'null';
    case 'struct':
    case 'map':
      return 'Object';
    case 'list':
    case 'tuple':
      return 'List';
    case 'json':
      return 'JSON';
    case 'union':
      return 'One of several';
  }
}
