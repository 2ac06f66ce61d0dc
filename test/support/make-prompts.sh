#!/bin/sh
# Makes the prompts of all modules from the texts beside them (di-modules/*/prompts/texts.md):
# table rows `| file.wav | spoken text |`, or `| file.wav | tone: <Hz> <seconds> |`.
# Needs espeak-ng and sox. Result: WAV, mono, 8 kHz, 16 bit.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for texts in di-modules/*/prompts/texts.md; do
  folder=$(dirname "$texts")
  grep '^| [a-z0-9_]*\.wav *|' "$texts" | while IFS='|' read -r _ file text _; do
    file=$(echo "$file" | tr -d ' ')
    text=$(echo "$text" | sed 's/^ *//; s/ *$//')
    case "$text" in
      tone:*)
        # shellcheck disable=SC2086
        set -- ${text#tone:}
        sox -D -n -r 8000 -b 16 -c 1 "$folder/$file" synth "$2" sine "$1" gain -12 fade 0.01 "$2" 0.01
        ;;
      *)
        espeak-ng -v en-gb -s 150 -w "$work/spoken.wav" "$text"
        sox -D "$work/spoken.wav" -r 8000 -b 16 -c 1 "$folder/$file" \
          silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse gain -n -6 pad 0.05 0.15
        ;;
    esac
  done
done
