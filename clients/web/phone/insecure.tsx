/** Browsers give no microphone to pages that others on the way could change. */
export function InsecureNotice() {
  if (isSecureContext && navigator.mediaDevices !== undefined) return null;
  return (
    <section class="notice bad" aria-label="No microphone">
      <p>
        <strong>This page has no microphone.</strong> Browsers give one only to encrypted pages, or to those of the own
        machine. Start the server with <code>npm start -- --tls-self-signed</code> and open its https address. Until
        then you can listen, not speak.
      </p>
    </section>
  );
}
