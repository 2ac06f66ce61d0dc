/** What scripts do, as operators and authors see it: monitoring, events, figures, break points. */
import { CodedError, type DiValue, type ModuleContext } from '../../../core/index.ts';
import type { DsmConfig } from '../config.ts';
import { Breakpoints, joinHooks, type Machine, type MachineHooks, type Place, StateBoard } from '../engine/index.ts';
import type { Transition } from '../language/ast.ts';
import type { HostScript } from './host-script.ts';
import type { MainSettings } from './settings.ts';
import { traceOfEach } from './trace.ts';

interface Watched {
  readonly script: HostScript;
  readonly application: string;
  readonly startedAtMs: number;
  place: Place | null;
  sinceMs: number;
  /** Of the transition that led there. */
  transition: string;
}

const maxListed = 10_000;

export class Watch {
  readonly #context: ModuleContext<DsmConfig>;
  readonly #settings: () => MainSettings;
  readonly #scripts = new Map<string, Watched>();
  readonly #board: StateBoard;
  readonly hooks: MachineHooks;
  /** The module stops: its events are not declared any more. */
  #closed = false;

  constructor(context: ModuleContext<DsmConfig>, settings: () => MainSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#board = new StateBoard(context.clock);
    const { trace } = context.config;
    const traces =
      trace === 'off'
        ? []
        : [
            traceOfEach((call, line) => this.#closed || context.publishDeclared('dsm.trace', { call, line }), {
              values: trace === 'values',
            }),
          ];
    this.hooks = joinHooks(this.#board.hooks, ...traces, {
      transitionFires: (machine, transition) => this.#onTransition(machine, transition),
      stateChanges: (machine, _from, to) => this.#onState(machine, to),
      stopped: ({ script, place }, reason) =>
        context.publishDeclared('dsm.stopped', {
          call: script.tag,
          diagram: place?.diagram ?? '',
          state: place?.state ?? '',
          reason,
        }),
    });
  }

  close(): void {
    this.#closed = true;
  }

  began(script: HostScript, { application }: { readonly diagram: string; readonly application: string }): void {
    const now = this.#context.clock.nowMs();
    this.#scripts.set(script.tag, {
      script,
      application,
      startedAtMs: this.#context.clock.unixMs(),
      place: null,
      sinceMs: now,
      transition: '',
    });
  }

  ended(script: HostScript): void {
    const watched = this.#scripts.get(script.tag);
    if (watched?.script !== script) return;
    if (script.machine !== null) this.#board.left(script.machine);
    this.#scripts.delete(script.tag);
    if (!this.#closed)
      this.#context.publishDeclared('dsm.ended', { call: script.tag, application: watched.application });
  }

  scripts(): readonly HostScript[] {
    return [...this.#scripts.values()].map(({ script }) => script);
  }

  /** Scripts that run, of one diagram and state if they are named. */
  sessions(diagram: string | null, state: string | null): DiValue[] {
    const now = this.#context.clock.nowMs();
    const listed: DiValue[] = [];
    for (const { script, application, startedAtMs, place, sinceMs, transition } of this.#scripts.values()) {
      if (diagram !== null && place?.diagram !== diagram) continue;
      if (state !== null && place?.state !== state) continue;
      if (listed.length >= maxListed) break;
      listed.push({
        call: script.tag,
        kind: script.kind,
        application,
        bundle: script.bundle.name,
        diagram: place?.diagram ?? '',
        state: place?.state ?? '',
        transition,
        startedAtMs: Math.round(startedAtMs),
        inStateMs: Math.round(now - sinceMs),
        paused: script.machine?.breakpoints?.pausedAt !== null && script.machine?.breakpoints !== null,
      });
    }
    return listed;
  }

  /** Counts and dwell times of every state that a script was in since the start. */
  states(): DiValue[] {
    return this.#board.figures().map(({ diagram, state, present, entered, dwellMs, longestMs }) => ({
      diagram,
      state,
      now: present,
      entered,
      meanMs: entered === present ? 0 : Math.round(dwellMs / (entered - present)),
      longestMs: Math.round(longestMs),
    }));
  }

  /** Variables of one script, all as texts. @throws CodedError `call.unknown`. */
  variables(tag: string): { readonly [name: string]: string } {
    return Object.fromEntries(this.#find(tag).script.variables.all());
  }

  /** The script waits when it comes to that state. @throws CodedError `call.unknown`, `module.full`. */
  breakAt(tag: string, place: Place): void {
    if (!this.#breakpoints(tag).add(place)) throw new CodedError('module.full', 'there are 100 break points already');
  }

  /** False: there was none. */
  unbreak(tag: string, place: Place): boolean {
    return this.#breakpoints(tag).remove(place);
  }

  /** Lets a paused script go on; `step`: to the next state, whichever it is. False: it is not paused. */
  goOn(tag: string, step: boolean): boolean {
    const breakpoints = this.#breakpoints(tag);
    const was = breakpoints.pausedAt !== null;
    if (step) breakpoints.step();
    else breakpoints.resume();
    return was;
  }

  #breakpoints(tag: string): Breakpoints {
    const { script } = this.#find(tag);
    const { machine } = script;
    if (machine === null) throw new CodedError('call.unknown', `${tag} runs no script`);
    if (machine.breakpoints === null) {
      machine.breakpoints = new Breakpoints(script.signal);
      machine.breakpoints.onPause = ({ diagram, state }) =>
        this.#context.publishDeclared('dsm.paused', { call: tag, diagram, state });
    }
    return machine.breakpoints;
  }

  #find(tag: string): Watched {
    const watched = this.#scripts.get(tag);
    if (watched === undefined) throw new CodedError('call.unknown', `no script runs as ${tag}`);
    return watched;
  }

  #onTransition({ script }: Machine, { name }: Transition): void {
    const watched = this.#scripts.get(script.tag);
    if (watched === undefined) return;
    watched.transition = name;
    if (this.#settings().fullTransitions) this.#monitor('add', [script.tag, 'dsm_stategraph', `> ${name} >`]);
  }

  #onState({ script }: Machine, to: Place | null): void {
    const watched = this.#scripts.get(script.tag);
    if (watched === undefined) return;
    const previous = watched.place;
    watched.place = to;
    watched.sinceMs = this.#context.clock.nowMs();
    if (to === null) return;
    const { diagram, state } = to;
    if (!this.#closed)
      this.#context.publishDeclared('dsm.state', {
        call: script.tag,
        application: watched.application,
        diagram,
        state,
        previous: previous === null ? '' : `${previous.diagram}/${previous.state}`,
        transition: watched.transition,
      });
    if (script.kind === 'call') this.#monitor('set', [script.tag, 'dsm_diag', diagram, 'dsm_state', state]);
    if (this.#settings().fullStategraph) this.#monitor('add', [script.tag, 'dsm_stategraph', `${diagram}/${state}`]);
  }

  /** Nobody waits for it, and a server without monitoring is none the worse. */
  #monitor(name: 'set' | 'add', args: readonly DiValue[]): void {
    if (this.#context.has('monitoring')) this.#context.invoke('monitoring', name, args).catch(() => {});
  }
}
