import { useSession } from './use-session.ts';

/** What happens in the room, for those who do not see it. */
export function Live() {
  const { told } = useSession();
  return (
    <div class="unseen" role="log" aria-live="polite" aria-label="What happens in the room">
      {told.value.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}
