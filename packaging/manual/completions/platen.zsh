#compdef platen

autoload -U is-at-least

_platen() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_platen_commands" \
"*::: :->platen" \
&& ret=0
    case $state in
    (platen)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(printers)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
":: :_platen__subcmd__printers_commands" \
"*::: :->printers" \
&& ret=0

    case $state in
    (printers)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-printers-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(discover)
_arguments "${_arguments_options[@]}" : \
'(--watch)--wait=[How long to look, in seconds]:SECONDS:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--watch[Go on, and tell what comes, changes and goes]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(add)
_arguments "${_arguments_options[@]}" : \
'--name=[Its name for people; default\: the name it announces, else its URI]:NAME:_default' \
'--profile=[Its model, where it is not the one it says; a wrong one lists the known ones]:PROFILE:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'(--profile)--ask[Ask the printer for its model. Only for receipt printers (ESC/POS) on TCP, others may print three characters, and printers on USB]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':device -- Its device URI, such as socket\://192.0.2.7\:9100, or the number (or the name) that `platen printers discover` shows:_default' \
&& ret=0
;;
(rename)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':printer -- Id or name of the printer:_default' \
':name -- Its name from now on:_default' \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--force[Call off the jobs that wait for it]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':printer -- Id or name of the printer:_default' \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':printer -- Id or name of the printer:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__printers__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-printers-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(discover)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(add)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rename)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(jobs)
_arguments "${_arguments_options[@]}" : \
'--printer=[Only jobs of this printer (its id)]:PRINTER:_default' \
'*--state-is=[Only jobs in these states, separated by commas]:STATES:_default' \
'--limit=[At most this many, newest first]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--csv[Print the list as CSV, with times in full; --json goes before]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
":: :_platen__subcmd__jobs_commands" \
"*::: :->jobs" \
&& ret=0

    case $state in
    (jobs)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-jobs-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--printer=[Only jobs of this printer (its id)]:PRINTER:_default' \
'*--state-is=[Only jobs in these states, separated by commas]:STATES:_default' \
'--limit=[At most this many, newest first]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--csv[Print the list as CSV, with times in full; --json goes before]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':job -- Id of the job, as `platen jobs` shows it:_default' \
&& ret=0
;;
(cancel)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':job -- Id of the job, as `platen jobs` shows it:_default' \
&& ret=0
;;
(hold)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':job -- Id of the job, as `platen jobs` shows it:_default' \
&& ret=0
;;
(release)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':job -- Id of the job, as `platen jobs` shows it:_default' \
&& ret=0
;;
(retry)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':job -- Id of the job, as `platen jobs` shows it:_default' \
&& ret=0
;;
(resolve)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':job -- Id of the job, as `platen jobs` shows it:_default' \
&& ret=0
;;
(reprint)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':job -- Id of the job, as `platen jobs` shows it:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__jobs__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-jobs-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cancel)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(hold)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(release)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(retry)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(resolve)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(reprint)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(print)
_arguments "${_arguments_options[@]}" : \
'--printer=[Id or name of the printer]:PRINTER:_default' \
'--name=[Name of the job; default\: the file'\''s name]:NAME:_default' \
'--format=[What the file is; default\: text/plain for a name that ends in .txt, else application/octet-stream, octets for the printer as they are]:MEDIA-TYPE:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--wait[Wait until the job is finished, or needs a decision]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':file -- The file; `-` is standard input:_files' \
&& ret=0
;;
(pause)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--all[All printers of this machine, also those to come; kept over a restart]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'::printer -- Id or name of the printer:_default' \
&& ret=0
;;
(resume)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--all[All printers of this machine, also those to come; kept over a restart]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'::printer -- Id or name of the printer:_default' \
&& ret=0
;;
(trust)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
":: :_platen__subcmd__trust_commands" \
"*::: :->trust" \
&& ret=0

    case $state in
    (trust)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-trust-command-$line[1]:"
        case $line[1] in
            (add)
_arguments "${_arguments_options[@]}" : \
'*--origin=[An origin it may speak for\: \`https\://pos.example\`, or \`*.shop.example\` for every site one label below. May be repeated]:ORIGIN:_default' \
'*--capability=[What it may do, separated by commas; default\: what printing needs]:CAPABILITIES:_default' \
'*--printer=[A printer it may use, by id or name; default\: every printer. May be repeated]:PRINTER:_default' \
'*--user=[A user of this machine in whose browser it may, by name or number; default\: everybody. May be repeated]:USER:_default' \
'*--device=[A device it may use, which the capability for such devices comes with\: \`serial\:/dev/ttyUSB0\`, \`serial\:usb\:0403\:6001\`, \`usb\:04b8\:0202\`, \`hid\:0922\:8003\` (\`\:SERIAL\` behind it means one of several) or \`socket\:192.0.2.7\:4001\`. May be repeated]:DEVICE:_default' \
'--signing=[What the site must sign]:SIGNING:((request\:"The opening of a session and each call that changes something"
session\:"Only the opening of a session"))' \
'*--qz=[Allow pages written for QZ Tray to use it, unchanged; with options, separated by commas]::OPTIONS:_default' \
'--expires=[Days until the grant ends; default\: never]:DAYS:_default' \
'--revocations-max-age=[Days that the newest list of revocations of a root may be old (\`platen trust revoke\`); when it is older, nobody below that root is let in, but for certificates that are trusted by themselves. Default\: any age]:DAYS:_default' \
'--name=[A note for people; default\: the certificate'\''s subject]:TEXT:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--native[Allow programs that are no browsers, and send no Origin, as well]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':certificate -- Certificate in PEM\: the site'\''s root, or its leaf:_files' \
&& ret=0
;;
(pending)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(allow)
_arguments "${_arguments_options[@]}" : \
'*--origin=[An origin it may speak for\: \`https\://pos.example\`, or \`*.shop.example\` for every site one label below. May be repeated]:ORIGIN:_default' \
'*--capability=[What it may do, separated by commas; default\: what printing needs]:CAPABILITIES:_default' \
'*--printer=[A printer it may use, by id or name; default\: every printer. May be repeated]:PRINTER:_default' \
'*--user=[A user of this machine in whose browser it may, by name or number; default\: everybody. May be repeated]:USER:_default' \
'*--device=[A device it may use, which the capability for such devices comes with\: \`serial\:/dev/ttyUSB0\`, \`serial\:usb\:0403\:6001\`, \`usb\:04b8\:0202\`, \`hid\:0922\:8003\` (\`\:SERIAL\` behind it means one of several) or \`socket\:192.0.2.7\:4001\`. May be repeated]:DEVICE:_default' \
'--signing=[What the site must sign]:SIGNING:((request\:"The opening of a session and each call that changes something"
session\:"Only the opening of a session"))' \
'*--qz=[Allow pages written for QZ Tray to use it, unchanged; with options, separated by commas]::OPTIONS:_default' \
'--expires=[Days until the grant ends; default\: never]:DAYS:_default' \
'--revocations-max-age=[Days that the newest list of revocations of a root may be old (\`platen trust revoke\`); when it is older, nobody below that root is let in, but for certificates that are trusted by themselves. Default\: any age]:DAYS:_default' \
'--name=[A note for people; default\: the certificate'\''s subject]:TEXT:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--native[Allow programs that are no browsers, and send no Origin, as well]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':id -- Number of the site, as `platen trust pending` shows it:_default' \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
'*--origin=[An origin it may speak for\: \`https\://pos.example\`, or \`*.shop.example\` for every site one label below. May be repeated]:ORIGIN:_default' \
'*--capability=[What it may do, separated by commas; default\: what printing needs]:CAPABILITIES:_default' \
'*--printer=[A printer it may use, by id or name; default\: every printer. May be repeated]:PRINTER:_default' \
'*--user=[A user of this machine in whose browser it may, by name or number; default\: everybody. May be repeated]:USER:_default' \
'*--device=[A device it may use, which the capability for such devices comes with\: \`serial\:/dev/ttyUSB0\`, \`serial\:usb\:0403\:6001\`, \`usb\:04b8\:0202\`, \`hid\:0922\:8003\` (\`\:SERIAL\` behind it means one of several) or \`socket\:192.0.2.7\:4001\`. May be repeated]:DEVICE:_default' \
'--signing=[What the site must sign]:SIGNING:((request\:"The opening of a session and each call that changes something"
session\:"Only the opening of a session"))' \
'*--qz=[Allow pages written for QZ Tray to use it, unchanged; with options, separated by commas]::OPTIONS:_default' \
'--expires=[Days until the grant ends; default\: never]:DAYS:_default' \
'--revocations-max-age=[Days that the newest list of revocations of a root may be old (\`platen trust revoke\`); when it is older, nobody below that root is let in, but for certificates that are trusted by themselves. Default\: any age]:DAYS:_default' \
'--name=[A note for people; default\: the certificate'\''s subject]:TEXT:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--blocked[Refuse these sites, also where a root that is trusted vouches for them]' \
'--native[Allow programs that are no browsers, and send no Origin, as well]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':list -- Its `allowed.dat`, or with --blocked its `blocked.dat`:_files' \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(revoke)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':list -- The list:_files' \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':id -- Number of the grant, as `platen trust list` shows it:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__trust__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-trust-help-command-$line[1]:"
        case $line[1] in
            (add)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(pending)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(allow)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(revoke)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(cert)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
":: :_platen__subcmd__cert_commands" \
"*::: :->cert" \
&& ret=0

    case $state in
    (cert)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-cert-command-$line[1]:"
        case $line[1] in
            (show)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(renew)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__cert__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-cert-help-command-$line[1]:"
        case $line[1] in
            (show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(renew)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(install)
_arguments "${_arguments_options[@]}" : \
'--provision=[Put this provisioning file in place, after checking it]:FILE:_files' \
'*--allow-origin=[A site whose pages browsers let reach this machine without asking\: \`https\://pos.example\`, or \`*.shop.example\`, which browsers take for every site below. May be repeated; those named before stay]:ORIGIN:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--user[For this user alone]' \
'--system[For the whole machine; the default for root]' \
'--plan[Show what would be changed, and change nothing]' \
'(--plan)--check[Show what is not as it was installed, and change nothing; exit code 1 where something is]' \
'(--plan --check --provision --allow-origin)--repair[Make everything as it was installed again, with what was chosen then]' \
'--at-start[The agent starts\: repair all but what it is started by, and say nothing where nothing is to be done. Its unit asks for this]' \
'--package[Leave out what a package brings and its manager does\: programs, service, udev rules]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(uninstall)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--user[For this user alone]' \
'--system[For the whole machine; the default for root]' \
'--plan[Show what would be undone, and change nothing]' \
'--package[Leave what a package brought to its manager]' \
'--purge[Remove the agent'\''s state as well\: jobs, grants, keys]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(update)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
":: :_platen__subcmd__update_commands" \
"*::: :->update" \
&& ret=0

    case $state in
    (update)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-update-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(apply)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--again[Try a version again that was taken back on this machine]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(rollback)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(prepare)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':folder -- The folder, such as /opt/platen:_files' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__update__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-update-help-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(apply)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rollback)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(prepare)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(supervise)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(events)
_arguments "${_arguments_options[@]}" : \
'--after=[Begin after this place in the log; default\: its beginning, or now with --follow]:CURSOR:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--follow[Go on with what happens]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(doctor)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(support-bundle)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--with-origins[Name the sites; they are called site-1, site-2, ... otherwise]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'::file -- The file to write, which must not exist yet; default\: platen-support-DATE-TIME.tar.gz in this folder:_files' \
&& ret=0
;;
(preview)
_arguments "${_arguments_options[@]}" : \
'--png=[Write what it looks like as a PNG, one pixel a dot of the printer]:OUT:_files' \
'--svg=[Write what it looks like as an SVG, the same dots]:OUT:_files' \
'--html=[Write a page for a browser, which screen readers can read]:OUT:_files' \
'--reencode=[Parse it and write it again]:OUT:_files' \
'--profile=[The printer model; a wrong one lists the known ones]:PROFILE:_default' \
'--columns=[Characters a row in font A; default\: what the profile says]:NUMBER:_default' \
'--dots=[Printable width in dots; default\: what the profile says]:NUMBER:_default' \
'--multibyte=[The two-byte characters of the printer; default\: what the profile says]:SYSTEM:((none\:"None"
shift_jis\:"Japanese, Shift JIS"
gb18030\:"Simplified Chinese"
big5\:"Traditional Chinese"
ksc5601\:"Korean"))' \
'--dialect=[The printer language; default\: what the job looks like]:LANGUAGE:((escpos\:"ESC/POS"
star\:"Star line mode and StarPRNT"
zpl\:"ZPL"))' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--text[Print its text to standard output, one row of paper a line]' \
'--facts[Print what it says as JSON to standard output\: rows, codes, pictures, cuts, drawer pulses]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':file -- The job; `-` is standard input:_files' \
&& ret=0
;;
(render)
_arguments "${_arguments_options[@]}" : \
'--out=[The file to write the job to; default\: standard output]:OUT:_files' \
'*--picture=[A picture file (PNG, JPEG, GIF, BMP) and what the template calls it; may be repeated]:NAME=FILE:_default' \
'--locale=[The locale, such as de-CH, of a template that names none]:LOCALE:_default' \
'--currency=[The currency, such as CHF, of a template that names none]:CODE:_default' \
'--profile=[The printer model; a wrong one lists the known ones]:PROFILE:_default' \
'--columns=[Characters a row in font A; default\: what the profile says]:NUMBER:_default' \
'--dots=[Printable width in dots; default\: what the profile says]:NUMBER:_default' \
'--multibyte=[The two-byte characters of the printer; default\: what the profile says]:SYSTEM:((none\:"None"
shift_jis\:"Japanese, Shift JIS"
gb18030\:"Simplified Chinese"
big5\:"Traditional Chinese"
ksc5601\:"Korean"))' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':template -- The template; `-` is standard input:_files' \
':data -- Its data, as JSON; `-` is standard input:_files' \
&& ret=0
;;
(emulator)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
":: :_platen__subcmd__emulator_commands" \
"*::: :->emulator" \
&& ret=0

    case $state in
    (emulator)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-emulator-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
'--printers=[How many printers; the others listen on the ports after the first]:NUMBER:_default' \
'--port=[Port of the first printer; 0 takes a free one for each]:PORT:_default' \
'--listen=[Address the printers listen on; 0.0.0.0 lets other machines print]:ADDRESS:_default' \
'--control=[Where the control socket listens, on loopback only; port 0 takes a free one]:ADDRESS:_default' \
'--script=[What kind of printers, and what happens to them, in TOML or JSON]:FILE:_files' \
'--record=[Folder that gets what each job printed]:FOLDER:_files' \
'--seed=[Faults by chance; the same seed and the same connections give the same faults]:NUMBER:_default' \
'--one-in=[With --seed\: one connection in this many gets a fault]:NUMBER:_default' \
'--lasts=[With --seed\: each fault mends itself after at most this many milliseconds]:MS:_default' \
'--paper=[Width of the paper\: 80mm or 58mm]:WIDTH:_default' \
'--roll=[Length of a new roll in millimeters; 0 never ends]:MM:_default' \
'--buffer=[Octets the buffer takes before the printer stops reading]:OCTETS:_default' \
'--octets-per-second=[Octets interpreted a second; 0 is at once]:NUMBER:_default' \
'(--octets-per-second)--lines-per-second=[Lines printed a second; 0 is at once]:NUMBER:_default' \
'--connections=[Connections a printer serves beside each other; more wait]:NUMBER:_default' \
'--close=[When a finished connection is closed\: received or printed]:WHEN:_default' \
'--job-ends=[What one job is\: connection, cut or process-id]:WHAT:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(control)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
":: :_platen__subcmd__emulator__subcmd__control_commands" \
"*::: :->control" \
&& ret=0

    case $state in
    (control)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-emulator-control-command-$line[1]:"
        case $line[1] in
            (paper-out)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(paper-low)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(paper-new)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(cover-open)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(cover-close)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(drawer-open)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(drawer-close)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(recover)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(power-off)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(power-on)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(heal)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(fault)
_arguments "${_arguments_options[@]}" : \
'--when=[When it happens]:WHEN:_default' \
'--lasts=[Mend itself after so many milliseconds; default\: never]:MS:_default' \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':fault -- What goes wrong:_default' \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(jobs)
_arguments "${_arguments_options[@]}" : \
'--from=[From this job on]:JOB:_default' \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--octets[With --json\: the octets as well, in base64]' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(wait)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':jobs -- How many:_default' \
&& ret=0
;;
(forget)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(stop)
_arguments "${_arguments_options[@]}" : \
'--address=[Where the control socket is, as \`platen emulator run\` says]:ADDRESS:_default' \
'--printer=[Which printer, counted from 1; default\: all]:NUMBER:_default' \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__emulator__subcmd__control__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-emulator-control-help-command-$line[1]:"
        case $line[1] in
            (paper-out)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(paper-low)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(paper-new)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cover-open)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cover-close)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(drawer-open)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(drawer-close)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(recover)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(power-off)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(power-on)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(heal)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(fault)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(jobs)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(wait)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(forget)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(stop)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__emulator__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-emulator-help-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(control)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__emulator__subcmd__help__subcmd__control_commands" \
"*::: :->control" \
&& ret=0

    case $state in
    (control)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-emulator-help-control-command-$line[1]:"
        case $line[1] in
            (paper-out)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(paper-low)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(paper-new)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cover-open)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cover-close)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(drawer-open)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(drawer-close)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(recover)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(power-off)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(power-on)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(heal)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(fault)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(jobs)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(wait)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(forget)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(stop)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(provision)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
":: :_platen__subcmd__provision_commands" \
"*::: :->provision" \
&& ret=0

    case $state in
    (provision)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-provision-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':file -- The file:_files' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(apply)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__provision__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-provision-help-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(apply)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(config)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
":: :_platen__subcmd__config_commands" \
"*::: :->config" \
&& ret=0

    case $state in
    (config)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-config-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
'::file -- The file; default\: the one the agent would use:_files' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(reference)
_arguments "${_arguments_options[@]}" : \
'--config=[Configuration file; default\: the first of the conventional places that exists (see \`platen config reference\`)]:FILE:_files' \
'--state=[State directory, which holds the store, the keys and the agent'\''s socket]:FOLDER:_files' \
'--json[Print results, and errors, as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__config__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-config-help-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(reference)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-help-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(printers)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__help__subcmd__printers_commands" \
"*::: :->printers" \
&& ret=0

    case $state in
    (printers)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-help-printers-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(discover)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(add)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rename)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(jobs)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__help__subcmd__jobs_commands" \
"*::: :->jobs" \
&& ret=0

    case $state in
    (jobs)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-help-jobs-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cancel)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(hold)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(release)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(retry)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(resolve)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(reprint)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(print)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(pause)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(resume)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(trust)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__help__subcmd__trust_commands" \
"*::: :->trust" \
&& ret=0

    case $state in
    (trust)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-help-trust-command-$line[1]:"
        case $line[1] in
            (add)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(pending)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(allow)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(revoke)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(cert)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__help__subcmd__cert_commands" \
"*::: :->cert" \
&& ret=0

    case $state in
    (cert)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-help-cert-command-$line[1]:"
        case $line[1] in
            (show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(renew)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(install)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(uninstall)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(update)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__help__subcmd__update_commands" \
"*::: :->update" \
&& ret=0

    case $state in
    (update)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-help-update-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(apply)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rollback)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(prepare)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(supervise)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(events)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(doctor)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(support-bundle)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(preview)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(render)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(emulator)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__help__subcmd__emulator_commands" \
"*::: :->emulator" \
&& ret=0

    case $state in
    (emulator)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-help-emulator-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(control)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__help__subcmd__emulator__subcmd__control_commands" \
"*::: :->control" \
&& ret=0

    case $state in
    (control)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-help-emulator-control-command-$line[1]:"
        case $line[1] in
            (paper-out)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(paper-low)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(paper-new)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cover-open)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cover-close)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(drawer-open)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(drawer-close)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(recover)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(power-off)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(power-on)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(heal)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(fault)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(jobs)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(wait)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(forget)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(stop)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(provision)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__help__subcmd__provision_commands" \
"*::: :->provision" \
&& ret=0

    case $state in
    (provision)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-help-provision-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(apply)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(config)
_arguments "${_arguments_options[@]}" : \
":: :_platen__subcmd__help__subcmd__config_commands" \
"*::: :->config" \
&& ret=0

    case $state in
    (config)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-help-config-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(reference)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
}

(( $+functions[_platen_commands] )) ||
_platen_commands() {
    local commands; commands=(
'run:Run the agent until it is told to stop (SIGTERM, Ctrl-C)' \
'status:Show how the agent is\: ports, certificate, jobs, sessions' \
'printers:List the printers with their states; find, add, rename, test and remove them' \
'jobs:List jobs, and decide what becomes of them' \
'print:Print a file on a printer' \
'pause:Stop a printer from starting jobs, or all of them; running ones end' \
'resume:Let a paused printer start jobs again' \
'trust:Say which sites may print here' \
'cert:The certificate of this machine'\''s own wss ports' \
'install:Install Platen\: its certificate where browsers look, policies, service' \
'uninstall:Take back everything that \`platen install\` changed' \
'update:Newer versions of this program, where no package manager owns it' \
'supervise:Run the agent of a folder of versions, and try new ones of it\: what a service starts after \`platen update prepare\`' \
'events:Show what happens to jobs and printers, in order' \
'doctor:Look for what is wrong and say what to do' \
'support-bundle:Write one file with what somebody who helps must know\: versions, configuration, findings, metrics, log and history' \
'preview:Show what a print job says, without printing it' \
'render:Put data into a receipt template and write the job for a printer' \
'emulator:Receipt printers to test against\: they print, jam, stall, lie and disappear on command' \
'provision:The file that says what this machine is to have\: check it, apply it, show what came of it' \
'config:Check, show and explain the configuration' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen commands' commands "$@"
}
(( $+functions[_platen__subcmd__cert_commands] )) ||
_platen__subcmd__cert_commands() {
    local commands; commands=(
'show:Show the certificate and where it is trusted' \
'renew:Make a new certificate. Browsers must be told to trust it anew' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen cert commands' commands "$@"
}
(( $+functions[_platen__subcmd__cert__subcmd__help_commands] )) ||
_platen__subcmd__cert__subcmd__help_commands() {
    local commands; commands=(
'show:Show the certificate and where it is trusted' \
'renew:Make a new certificate. Browsers must be told to trust it anew' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen cert help commands' commands "$@"
}
(( $+functions[_platen__subcmd__cert__subcmd__help__subcmd__help_commands] )) ||
_platen__subcmd__cert__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen cert help help commands' commands "$@"
}
(( $+functions[_platen__subcmd__cert__subcmd__help__subcmd__renew_commands] )) ||
_platen__subcmd__cert__subcmd__help__subcmd__renew_commands() {
    local commands; commands=()
    _describe -t commands 'platen cert help renew commands' commands "$@"
}
(( $+functions[_platen__subcmd__cert__subcmd__help__subcmd__show_commands] )) ||
_platen__subcmd__cert__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen cert help show commands' commands "$@"
}
(( $+functions[_platen__subcmd__cert__subcmd__renew_commands] )) ||
_platen__subcmd__cert__subcmd__renew_commands() {
    local commands; commands=()
    _describe -t commands 'platen cert renew commands' commands "$@"
}
(( $+functions[_platen__subcmd__cert__subcmd__show_commands] )) ||
_platen__subcmd__cert__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen cert show commands' commands "$@"
}
(( $+functions[_platen__subcmd__config_commands] )) ||
_platen__subcmd__config_commands() {
    local commands; commands=(
'check:List everything that is wrong with a configuration' \
'show:Print the values in effect' \
'reference:Print the reference of every key' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen config commands' commands "$@"
}
(( $+functions[_platen__subcmd__config__subcmd__check_commands] )) ||
_platen__subcmd__config__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'platen config check commands' commands "$@"
}
(( $+functions[_platen__subcmd__config__subcmd__help_commands] )) ||
_platen__subcmd__config__subcmd__help_commands() {
    local commands; commands=(
'check:List everything that is wrong with a configuration' \
'show:Print the values in effect' \
'reference:Print the reference of every key' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen config help commands' commands "$@"
}
(( $+functions[_platen__subcmd__config__subcmd__help__subcmd__check_commands] )) ||
_platen__subcmd__config__subcmd__help__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'platen config help check commands' commands "$@"
}
(( $+functions[_platen__subcmd__config__subcmd__help__subcmd__help_commands] )) ||
_platen__subcmd__config__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen config help help commands' commands "$@"
}
(( $+functions[_platen__subcmd__config__subcmd__help__subcmd__reference_commands] )) ||
_platen__subcmd__config__subcmd__help__subcmd__reference_commands() {
    local commands; commands=()
    _describe -t commands 'platen config help reference commands' commands "$@"
}
(( $+functions[_platen__subcmd__config__subcmd__help__subcmd__show_commands] )) ||
_platen__subcmd__config__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen config help show commands' commands "$@"
}
(( $+functions[_platen__subcmd__config__subcmd__reference_commands] )) ||
_platen__subcmd__config__subcmd__reference_commands() {
    local commands; commands=()
    _describe -t commands 'platen config reference commands' commands "$@"
}
(( $+functions[_platen__subcmd__config__subcmd__show_commands] )) ||
_platen__subcmd__config__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen config show commands' commands "$@"
}
(( $+functions[_platen__subcmd__doctor_commands] )) ||
_platen__subcmd__doctor_commands() {
    local commands; commands=()
    _describe -t commands 'platen doctor commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator_commands] )) ||
_platen__subcmd__emulator_commands() {
    local commands; commands=(
'run:Run emulated printers until stopped (SIGTERM, Ctrl-C, \`control stop\`)' \
'control:Tell running printers what happens to them, and ask what they printed' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen emulator commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control_commands] )) ||
_platen__subcmd__emulator__subcmd__control_commands() {
    local commands; commands=(
'paper-out:Take the paper out' \
'paper-low:Leave so little paper that the near-end sensor speaks' \
'paper-new:Put a new roll in and close the cover' \
'cover-open:Open the cover' \
'cover-close:Close the cover' \
'drawer-open:Pull the drawer open' \
'drawer-close:Push the drawer shut' \
'recover:Remove what jammed; let the print head cool' \
'power-off:Switch off\: the buffer is lost, connections are refused' \
'power-on:Switch on' \
'heal:End every fault and forget those that are armed' \
'fault:Let something go wrong' \
'status:Show how the printers are' \
'jobs:Show what they printed' \
'wait:Wait until so many jobs have ended since the start, on the first printer or on the one named with --printer' \
'forget:Forget the jobs that have ended' \
'stop:End the emulator' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen emulator control commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__cover-close_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__cover-close_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control cover-close commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__cover-open_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__cover-open_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control cover-open commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__drawer-close_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__drawer-close_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control drawer-close commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__drawer-open_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__drawer-open_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control drawer-open commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__fault_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__fault_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control fault commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__forget_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__forget_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control forget commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__heal_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__heal_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control heal commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help_commands() {
    local commands; commands=(
'paper-out:Take the paper out' \
'paper-low:Leave so little paper that the near-end sensor speaks' \
'paper-new:Put a new roll in and close the cover' \
'cover-open:Open the cover' \
'cover-close:Close the cover' \
'drawer-open:Pull the drawer open' \
'drawer-close:Push the drawer shut' \
'recover:Remove what jammed; let the print head cool' \
'power-off:Switch off\: the buffer is lost, connections are refused' \
'power-on:Switch on' \
'heal:End every fault and forget those that are armed' \
'fault:Let something go wrong' \
'status:Show how the printers are' \
'jobs:Show what they printed' \
'wait:Wait until so many jobs have ended since the start, on the first printer or on the one named with --printer' \
'forget:Forget the jobs that have ended' \
'stop:End the emulator' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen emulator control help commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__cover-close_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__cover-close_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help cover-close commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__cover-open_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__cover-open_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help cover-open commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__drawer-close_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__drawer-close_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help drawer-close commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__drawer-open_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__drawer-open_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help drawer-open commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__fault_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__fault_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help fault commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__forget_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__forget_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help forget commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__heal_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__heal_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help heal commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__help_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help help commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__jobs_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__jobs_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help jobs commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__paper-low_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__paper-low_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help paper-low commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__paper-new_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__paper-new_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help paper-new commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__paper-out_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__paper-out_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help paper-out commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__power-off_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__power-off_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help power-off commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__power-on_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__power-on_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help power-on commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__recover_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__recover_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help recover commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__status_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help status commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__stop_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__stop_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help stop commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__wait_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__help__subcmd__wait_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control help wait commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__jobs_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__jobs_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control jobs commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__paper-low_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__paper-low_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control paper-low commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__paper-new_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__paper-new_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control paper-new commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__paper-out_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__paper-out_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control paper-out commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__power-off_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__power-off_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control power-off commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__power-on_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__power-on_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control power-on commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__recover_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__recover_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control recover commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__status_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control status commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__stop_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__stop_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control stop commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__control__subcmd__wait_commands] )) ||
_platen__subcmd__emulator__subcmd__control__subcmd__wait_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator control wait commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help_commands] )) ||
_platen__subcmd__emulator__subcmd__help_commands() {
    local commands; commands=(
'run:Run emulated printers until stopped (SIGTERM, Ctrl-C, \`control stop\`)' \
'control:Tell running printers what happens to them, and ask what they printed' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen emulator help commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control_commands() {
    local commands; commands=(
'paper-out:Take the paper out' \
'paper-low:Leave so little paper that the near-end sensor speaks' \
'paper-new:Put a new roll in and close the cover' \
'cover-open:Open the cover' \
'cover-close:Close the cover' \
'drawer-open:Pull the drawer open' \
'drawer-close:Push the drawer shut' \
'recover:Remove what jammed; let the print head cool' \
'power-off:Switch off\: the buffer is lost, connections are refused' \
'power-on:Switch on' \
'heal:End every fault and forget those that are armed' \
'fault:Let something go wrong' \
'status:Show how the printers are' \
'jobs:Show what they printed' \
'wait:Wait until so many jobs have ended since the start, on the first printer or on the one named with --printer' \
'forget:Forget the jobs that have ended' \
'stop:End the emulator' \
    )
    _describe -t commands 'platen emulator help control commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__cover-close_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__cover-close_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control cover-close commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__cover-open_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__cover-open_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control cover-open commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__drawer-close_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__drawer-close_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control drawer-close commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__drawer-open_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__drawer-open_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control drawer-open commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__fault_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__fault_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control fault commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__forget_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__forget_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control forget commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__heal_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__heal_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control heal commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__jobs_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__jobs_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control jobs commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__paper-low_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__paper-low_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control paper-low commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__paper-new_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__paper-new_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control paper-new commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__paper-out_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__paper-out_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control paper-out commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__power-off_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__power-off_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control power-off commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__power-on_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__power-on_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control power-on commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__recover_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__recover_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control recover commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__status_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control status commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__stop_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__stop_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control stop commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__wait_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__control__subcmd__wait_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help control wait commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__help_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help help commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__help__subcmd__run_commands] )) ||
_platen__subcmd__emulator__subcmd__help__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator help run commands' commands "$@"
}
(( $+functions[_platen__subcmd__emulator__subcmd__run_commands] )) ||
_platen__subcmd__emulator__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'platen emulator run commands' commands "$@"
}
(( $+functions[_platen__subcmd__events_commands] )) ||
_platen__subcmd__events_commands() {
    local commands; commands=()
    _describe -t commands 'platen events commands' commands "$@"
}
(( $+functions[_platen__subcmd__help_commands] )) ||
_platen__subcmd__help_commands() {
    local commands; commands=(
'run:Run the agent until it is told to stop (SIGTERM, Ctrl-C)' \
'status:Show how the agent is\: ports, certificate, jobs, sessions' \
'printers:List the printers with their states; find, add, rename, test and remove them' \
'jobs:List jobs, and decide what becomes of them' \
'print:Print a file on a printer' \
'pause:Stop a printer from starting jobs, or all of them; running ones end' \
'resume:Let a paused printer start jobs again' \
'trust:Say which sites may print here' \
'cert:The certificate of this machine'\''s own wss ports' \
'install:Install Platen\: its certificate where browsers look, policies, service' \
'uninstall:Take back everything that \`platen install\` changed' \
'update:Newer versions of this program, where no package manager owns it' \
'supervise:Run the agent of a folder of versions, and try new ones of it\: what a service starts after \`platen update prepare\`' \
'events:Show what happens to jobs and printers, in order' \
'doctor:Look for what is wrong and say what to do' \
'support-bundle:Write one file with what somebody who helps must know\: versions, configuration, findings, metrics, log and history' \
'preview:Show what a print job says, without printing it' \
'render:Put data into a receipt template and write the job for a printer' \
'emulator:Receipt printers to test against\: they print, jam, stall, lie and disappear on command' \
'provision:The file that says what this machine is to have\: check it, apply it, show what came of it' \
'config:Check, show and explain the configuration' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen help commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__cert_commands] )) ||
_platen__subcmd__help__subcmd__cert_commands() {
    local commands; commands=(
'show:Show the certificate and where it is trusted' \
'renew:Make a new certificate. Browsers must be told to trust it anew' \
    )
    _describe -t commands 'platen help cert commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__cert__subcmd__renew_commands] )) ||
_platen__subcmd__help__subcmd__cert__subcmd__renew_commands() {
    local commands; commands=()
    _describe -t commands 'platen help cert renew commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__cert__subcmd__show_commands] )) ||
_platen__subcmd__help__subcmd__cert__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen help cert show commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__config_commands] )) ||
_platen__subcmd__help__subcmd__config_commands() {
    local commands; commands=(
'check:List everything that is wrong with a configuration' \
'show:Print the values in effect' \
'reference:Print the reference of every key' \
    )
    _describe -t commands 'platen help config commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__config__subcmd__check_commands] )) ||
_platen__subcmd__help__subcmd__config__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'platen help config check commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__config__subcmd__reference_commands] )) ||
_platen__subcmd__help__subcmd__config__subcmd__reference_commands() {
    local commands; commands=()
    _describe -t commands 'platen help config reference commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__config__subcmd__show_commands] )) ||
_platen__subcmd__help__subcmd__config__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen help config show commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__doctor_commands] )) ||
_platen__subcmd__help__subcmd__doctor_commands() {
    local commands; commands=()
    _describe -t commands 'platen help doctor commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator_commands] )) ||
_platen__subcmd__help__subcmd__emulator_commands() {
    local commands; commands=(
'run:Run emulated printers until stopped (SIGTERM, Ctrl-C, \`control stop\`)' \
'control:Tell running printers what happens to them, and ask what they printed' \
    )
    _describe -t commands 'platen help emulator commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control_commands() {
    local commands; commands=(
'paper-out:Take the paper out' \
'paper-low:Leave so little paper that the near-end sensor speaks' \
'paper-new:Put a new roll in and close the cover' \
'cover-open:Open the cover' \
'cover-close:Close the cover' \
'drawer-open:Pull the drawer open' \
'drawer-close:Push the drawer shut' \
'recover:Remove what jammed; let the print head cool' \
'power-off:Switch off\: the buffer is lost, connections are refused' \
'power-on:Switch on' \
'heal:End every fault and forget those that are armed' \
'fault:Let something go wrong' \
'status:Show how the printers are' \
'jobs:Show what they printed' \
'wait:Wait until so many jobs have ended since the start, on the first printer or on the one named with --printer' \
'forget:Forget the jobs that have ended' \
'stop:End the emulator' \
    )
    _describe -t commands 'platen help emulator control commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__cover-close_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__cover-close_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control cover-close commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__cover-open_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__cover-open_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control cover-open commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__drawer-close_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__drawer-close_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control drawer-close commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__drawer-open_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__drawer-open_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control drawer-open commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__fault_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__fault_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control fault commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__forget_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__forget_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control forget commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__heal_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__heal_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control heal commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__jobs_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__jobs_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control jobs commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__paper-low_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__paper-low_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control paper-low commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__paper-new_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__paper-new_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control paper-new commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__paper-out_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__paper-out_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control paper-out commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__power-off_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__power-off_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control power-off commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__power-on_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__power-on_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control power-on commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__recover_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__recover_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control recover commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__status_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control status commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__stop_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__stop_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control stop commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__wait_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__control__subcmd__wait_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator control wait commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__emulator__subcmd__run_commands] )) ||
_platen__subcmd__help__subcmd__emulator__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'platen help emulator run commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__events_commands] )) ||
_platen__subcmd__help__subcmd__events_commands() {
    local commands; commands=()
    _describe -t commands 'platen help events commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__help_commands] )) ||
_platen__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen help help commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__install_commands] )) ||
_platen__subcmd__help__subcmd__install_commands() {
    local commands; commands=()
    _describe -t commands 'platen help install commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__jobs_commands] )) ||
_platen__subcmd__help__subcmd__jobs_commands() {
    local commands; commands=(
'list:List jobs, newest first' \
'show:Show a job with its history' \
'cancel:Call a job off' \
'hold:Keep a pending job from starting' \
'release:Let a held job start' \
'retry:Deliver an interrupted job again\: look at the paper first' \
'resolve:Say that an interrupted job was printed\: look at the paper first' \
'reprint:Print a finished job again, as a new job' \
    )
    _describe -t commands 'platen help jobs commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__jobs__subcmd__cancel_commands] )) ||
_platen__subcmd__help__subcmd__jobs__subcmd__cancel_commands() {
    local commands; commands=()
    _describe -t commands 'platen help jobs cancel commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__jobs__subcmd__hold_commands] )) ||
_platen__subcmd__help__subcmd__jobs__subcmd__hold_commands() {
    local commands; commands=()
    _describe -t commands 'platen help jobs hold commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__jobs__subcmd__list_commands] )) ||
_platen__subcmd__help__subcmd__jobs__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'platen help jobs list commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__jobs__subcmd__release_commands] )) ||
_platen__subcmd__help__subcmd__jobs__subcmd__release_commands() {
    local commands; commands=()
    _describe -t commands 'platen help jobs release commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__jobs__subcmd__reprint_commands] )) ||
_platen__subcmd__help__subcmd__jobs__subcmd__reprint_commands() {
    local commands; commands=()
    _describe -t commands 'platen help jobs reprint commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__jobs__subcmd__resolve_commands] )) ||
_platen__subcmd__help__subcmd__jobs__subcmd__resolve_commands() {
    local commands; commands=()
    _describe -t commands 'platen help jobs resolve commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__jobs__subcmd__retry_commands] )) ||
_platen__subcmd__help__subcmd__jobs__subcmd__retry_commands() {
    local commands; commands=()
    _describe -t commands 'platen help jobs retry commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__jobs__subcmd__show_commands] )) ||
_platen__subcmd__help__subcmd__jobs__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen help jobs show commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__pause_commands] )) ||
_platen__subcmd__help__subcmd__pause_commands() {
    local commands; commands=()
    _describe -t commands 'platen help pause commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__preview_commands] )) ||
_platen__subcmd__help__subcmd__preview_commands() {
    local commands; commands=()
    _describe -t commands 'platen help preview commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__print_commands] )) ||
_platen__subcmd__help__subcmd__print_commands() {
    local commands; commands=()
    _describe -t commands 'platen help print commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__printers_commands] )) ||
_platen__subcmd__help__subcmd__printers_commands() {
    local commands; commands=(
'list:List the printers with their states' \
'discover:Look for printers\: on the network, on USB and serial ports, and behind the print service' \
'add:Add a printer. Pages see it once they have a grant for it' \
'rename:Give a printer that was added another name. The name it had finds it still; its id, its jobs and the grants for it stay' \
'remove:Remove a printer that was added. Its finished jobs keep their history' \
'test:Print a short test page, and say how it ended' \
    )
    _describe -t commands 'platen help printers commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__printers__subcmd__add_commands] )) ||
_platen__subcmd__help__subcmd__printers__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'platen help printers add commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__printers__subcmd__discover_commands] )) ||
_platen__subcmd__help__subcmd__printers__subcmd__discover_commands() {
    local commands; commands=()
    _describe -t commands 'platen help printers discover commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__printers__subcmd__list_commands] )) ||
_platen__subcmd__help__subcmd__printers__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'platen help printers list commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__printers__subcmd__remove_commands] )) ||
_platen__subcmd__help__subcmd__printers__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'platen help printers remove commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__printers__subcmd__rename_commands] )) ||
_platen__subcmd__help__subcmd__printers__subcmd__rename_commands() {
    local commands; commands=()
    _describe -t commands 'platen help printers rename commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__printers__subcmd__test_commands] )) ||
_platen__subcmd__help__subcmd__printers__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'platen help printers test commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__provision_commands] )) ||
_platen__subcmd__help__subcmd__provision_commands() {
    local commands; commands=(
'check:List everything that is wrong with a provisioning file, and say what it would do here. Changes nothing' \
'show:Show what is in effect, and why a file is refused' \
'apply:Look at the file again and do what it says, without a restart' \
    )
    _describe -t commands 'platen help provision commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__provision__subcmd__apply_commands] )) ||
_platen__subcmd__help__subcmd__provision__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'platen help provision apply commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__provision__subcmd__check_commands] )) ||
_platen__subcmd__help__subcmd__provision__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'platen help provision check commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__provision__subcmd__show_commands] )) ||
_platen__subcmd__help__subcmd__provision__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen help provision show commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__render_commands] )) ||
_platen__subcmd__help__subcmd__render_commands() {
    local commands; commands=()
    _describe -t commands 'platen help render commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__resume_commands] )) ||
_platen__subcmd__help__subcmd__resume_commands() {
    local commands; commands=()
    _describe -t commands 'platen help resume commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__run_commands] )) ||
_platen__subcmd__help__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'platen help run commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__status_commands] )) ||
_platen__subcmd__help__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'platen help status commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__supervise_commands] )) ||
_platen__subcmd__help__subcmd__supervise_commands() {
    local commands; commands=()
    _describe -t commands 'platen help supervise commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__support-bundle_commands] )) ||
_platen__subcmd__help__subcmd__support-bundle_commands() {
    local commands; commands=()
    _describe -t commands 'platen help support-bundle commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__trust_commands] )) ||
_platen__subcmd__help__subcmd__trust_commands() {
    local commands; commands=(
'add:Allow a site to print here' \
'pending:List the sites that were refused, each with the command that allows it' \
'allow:Allow a site that was refused, with the certificate it showed and for the origin of its page' \
'import:Allow the sites that QZ Tray on this machine had allowed for good' \
'list:List what sites are allowed' \
'revoke:Take the word of certificates back, by a list that \`platen-sign revoke\` made and their root signed' \
'remove:Take a grant back. Its sessions end' \
    )
    _describe -t commands 'platen help trust commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__trust__subcmd__add_commands] )) ||
_platen__subcmd__help__subcmd__trust__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'platen help trust add commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__trust__subcmd__allow_commands] )) ||
_platen__subcmd__help__subcmd__trust__subcmd__allow_commands() {
    local commands; commands=()
    _describe -t commands 'platen help trust allow commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__trust__subcmd__import_commands] )) ||
_platen__subcmd__help__subcmd__trust__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'platen help trust import commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__trust__subcmd__list_commands] )) ||
_platen__subcmd__help__subcmd__trust__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'platen help trust list commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__trust__subcmd__pending_commands] )) ||
_platen__subcmd__help__subcmd__trust__subcmd__pending_commands() {
    local commands; commands=()
    _describe -t commands 'platen help trust pending commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__trust__subcmd__remove_commands] )) ||
_platen__subcmd__help__subcmd__trust__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'platen help trust remove commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__trust__subcmd__revoke_commands] )) ||
_platen__subcmd__help__subcmd__trust__subcmd__revoke_commands() {
    local commands; commands=()
    _describe -t commands 'platen help trust revoke commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__uninstall_commands] )) ||
_platen__subcmd__help__subcmd__uninstall_commands() {
    local commands; commands=()
    _describe -t commands 'platen help uninstall commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__update_commands] )) ||
_platen__subcmd__help__subcmd__update_commands() {
    local commands; commands=(
'check:Tell whether a newer version is there' \
'apply:Install it; the version that runs comes back by itself when the new one does not work' \
'rollback:Go back to the version before' \
'status:Show which version runs, which ran before, and what is under way' \
'prepare:Make a folder of versions of this program, to be updated from then on' \
    )
    _describe -t commands 'platen help update commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__update__subcmd__apply_commands] )) ||
_platen__subcmd__help__subcmd__update__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'platen help update apply commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__update__subcmd__check_commands] )) ||
_platen__subcmd__help__subcmd__update__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'platen help update check commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__update__subcmd__prepare_commands] )) ||
_platen__subcmd__help__subcmd__update__subcmd__prepare_commands() {
    local commands; commands=()
    _describe -t commands 'platen help update prepare commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__update__subcmd__rollback_commands] )) ||
_platen__subcmd__help__subcmd__update__subcmd__rollback_commands() {
    local commands; commands=()
    _describe -t commands 'platen help update rollback commands' commands "$@"
}
(( $+functions[_platen__subcmd__help__subcmd__update__subcmd__status_commands] )) ||
_platen__subcmd__help__subcmd__update__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'platen help update status commands' commands "$@"
}
(( $+functions[_platen__subcmd__install_commands] )) ||
_platen__subcmd__install_commands() {
    local commands; commands=()
    _describe -t commands 'platen install commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs_commands] )) ||
_platen__subcmd__jobs_commands() {
    local commands; commands=(
'list:List jobs, newest first' \
'show:Show a job with its history' \
'cancel:Call a job off' \
'hold:Keep a pending job from starting' \
'release:Let a held job start' \
'retry:Deliver an interrupted job again\: look at the paper first' \
'resolve:Say that an interrupted job was printed\: look at the paper first' \
'reprint:Print a finished job again, as a new job' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen jobs commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__cancel_commands] )) ||
_platen__subcmd__jobs__subcmd__cancel_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs cancel commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__help_commands] )) ||
_platen__subcmd__jobs__subcmd__help_commands() {
    local commands; commands=(
'list:List jobs, newest first' \
'show:Show a job with its history' \
'cancel:Call a job off' \
'hold:Keep a pending job from starting' \
'release:Let a held job start' \
'retry:Deliver an interrupted job again\: look at the paper first' \
'resolve:Say that an interrupted job was printed\: look at the paper first' \
'reprint:Print a finished job again, as a new job' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen jobs help commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__help__subcmd__cancel_commands] )) ||
_platen__subcmd__jobs__subcmd__help__subcmd__cancel_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs help cancel commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__help__subcmd__help_commands] )) ||
_platen__subcmd__jobs__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs help help commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__help__subcmd__hold_commands] )) ||
_platen__subcmd__jobs__subcmd__help__subcmd__hold_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs help hold commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__help__subcmd__list_commands] )) ||
_platen__subcmd__jobs__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs help list commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__help__subcmd__release_commands] )) ||
_platen__subcmd__jobs__subcmd__help__subcmd__release_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs help release commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__help__subcmd__reprint_commands] )) ||
_platen__subcmd__jobs__subcmd__help__subcmd__reprint_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs help reprint commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__help__subcmd__resolve_commands] )) ||
_platen__subcmd__jobs__subcmd__help__subcmd__resolve_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs help resolve commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__help__subcmd__retry_commands] )) ||
_platen__subcmd__jobs__subcmd__help__subcmd__retry_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs help retry commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__help__subcmd__show_commands] )) ||
_platen__subcmd__jobs__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs help show commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__hold_commands] )) ||
_platen__subcmd__jobs__subcmd__hold_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs hold commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__list_commands] )) ||
_platen__subcmd__jobs__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs list commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__release_commands] )) ||
_platen__subcmd__jobs__subcmd__release_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs release commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__reprint_commands] )) ||
_platen__subcmd__jobs__subcmd__reprint_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs reprint commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__resolve_commands] )) ||
_platen__subcmd__jobs__subcmd__resolve_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs resolve commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__retry_commands] )) ||
_platen__subcmd__jobs__subcmd__retry_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs retry commands' commands "$@"
}
(( $+functions[_platen__subcmd__jobs__subcmd__show_commands] )) ||
_platen__subcmd__jobs__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen jobs show commands' commands "$@"
}
(( $+functions[_platen__subcmd__pause_commands] )) ||
_platen__subcmd__pause_commands() {
    local commands; commands=()
    _describe -t commands 'platen pause commands' commands "$@"
}
(( $+functions[_platen__subcmd__preview_commands] )) ||
_platen__subcmd__preview_commands() {
    local commands; commands=()
    _describe -t commands 'platen preview commands' commands "$@"
}
(( $+functions[_platen__subcmd__print_commands] )) ||
_platen__subcmd__print_commands() {
    local commands; commands=()
    _describe -t commands 'platen print commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers_commands] )) ||
_platen__subcmd__printers_commands() {
    local commands; commands=(
'list:List the printers with their states' \
'discover:Look for printers\: on the network, on USB and serial ports, and behind the print service' \
'add:Add a printer. Pages see it once they have a grant for it' \
'rename:Give a printer that was added another name. The name it had finds it still; its id, its jobs and the grants for it stay' \
'remove:Remove a printer that was added. Its finished jobs keep their history' \
'test:Print a short test page, and say how it ended' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen printers commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__add_commands] )) ||
_platen__subcmd__printers__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers add commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__discover_commands] )) ||
_platen__subcmd__printers__subcmd__discover_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers discover commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__help_commands] )) ||
_platen__subcmd__printers__subcmd__help_commands() {
    local commands; commands=(
'list:List the printers with their states' \
'discover:Look for printers\: on the network, on USB and serial ports, and behind the print service' \
'add:Add a printer. Pages see it once they have a grant for it' \
'rename:Give a printer that was added another name. The name it had finds it still; its id, its jobs and the grants for it stay' \
'remove:Remove a printer that was added. Its finished jobs keep their history' \
'test:Print a short test page, and say how it ended' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen printers help commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__help__subcmd__add_commands] )) ||
_platen__subcmd__printers__subcmd__help__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers help add commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__help__subcmd__discover_commands] )) ||
_platen__subcmd__printers__subcmd__help__subcmd__discover_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers help discover commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__help__subcmd__help_commands] )) ||
_platen__subcmd__printers__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers help help commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__help__subcmd__list_commands] )) ||
_platen__subcmd__printers__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers help list commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__help__subcmd__remove_commands] )) ||
_platen__subcmd__printers__subcmd__help__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers help remove commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__help__subcmd__rename_commands] )) ||
_platen__subcmd__printers__subcmd__help__subcmd__rename_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers help rename commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__help__subcmd__test_commands] )) ||
_platen__subcmd__printers__subcmd__help__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers help test commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__list_commands] )) ||
_platen__subcmd__printers__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers list commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__remove_commands] )) ||
_platen__subcmd__printers__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers remove commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__rename_commands] )) ||
_platen__subcmd__printers__subcmd__rename_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers rename commands' commands "$@"
}
(( $+functions[_platen__subcmd__printers__subcmd__test_commands] )) ||
_platen__subcmd__printers__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'platen printers test commands' commands "$@"
}
(( $+functions[_platen__subcmd__provision_commands] )) ||
_platen__subcmd__provision_commands() {
    local commands; commands=(
'check:List everything that is wrong with a provisioning file, and say what it would do here. Changes nothing' \
'show:Show what is in effect, and why a file is refused' \
'apply:Look at the file again and do what it says, without a restart' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen provision commands' commands "$@"
}
(( $+functions[_platen__subcmd__provision__subcmd__apply_commands] )) ||
_platen__subcmd__provision__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'platen provision apply commands' commands "$@"
}
(( $+functions[_platen__subcmd__provision__subcmd__check_commands] )) ||
_platen__subcmd__provision__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'platen provision check commands' commands "$@"
}
(( $+functions[_platen__subcmd__provision__subcmd__help_commands] )) ||
_platen__subcmd__provision__subcmd__help_commands() {
    local commands; commands=(
'check:List everything that is wrong with a provisioning file, and say what it would do here. Changes nothing' \
'show:Show what is in effect, and why a file is refused' \
'apply:Look at the file again and do what it says, without a restart' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen provision help commands' commands "$@"
}
(( $+functions[_platen__subcmd__provision__subcmd__help__subcmd__apply_commands] )) ||
_platen__subcmd__provision__subcmd__help__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'platen provision help apply commands' commands "$@"
}
(( $+functions[_platen__subcmd__provision__subcmd__help__subcmd__check_commands] )) ||
_platen__subcmd__provision__subcmd__help__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'platen provision help check commands' commands "$@"
}
(( $+functions[_platen__subcmd__provision__subcmd__help__subcmd__help_commands] )) ||
_platen__subcmd__provision__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen provision help help commands' commands "$@"
}
(( $+functions[_platen__subcmd__provision__subcmd__help__subcmd__show_commands] )) ||
_platen__subcmd__provision__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen provision help show commands' commands "$@"
}
(( $+functions[_platen__subcmd__provision__subcmd__show_commands] )) ||
_platen__subcmd__provision__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'platen provision show commands' commands "$@"
}
(( $+functions[_platen__subcmd__render_commands] )) ||
_platen__subcmd__render_commands() {
    local commands; commands=()
    _describe -t commands 'platen render commands' commands "$@"
}
(( $+functions[_platen__subcmd__resume_commands] )) ||
_platen__subcmd__resume_commands() {
    local commands; commands=()
    _describe -t commands 'platen resume commands' commands "$@"
}
(( $+functions[_platen__subcmd__run_commands] )) ||
_platen__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'platen run commands' commands "$@"
}
(( $+functions[_platen__subcmd__status_commands] )) ||
_platen__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'platen status commands' commands "$@"
}
(( $+functions[_platen__subcmd__supervise_commands] )) ||
_platen__subcmd__supervise_commands() {
    local commands; commands=()
    _describe -t commands 'platen supervise commands' commands "$@"
}
(( $+functions[_platen__subcmd__support-bundle_commands] )) ||
_platen__subcmd__support-bundle_commands() {
    local commands; commands=()
    _describe -t commands 'platen support-bundle commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust_commands] )) ||
_platen__subcmd__trust_commands() {
    local commands; commands=(
'add:Allow a site to print here' \
'pending:List the sites that were refused, each with the command that allows it' \
'allow:Allow a site that was refused, with the certificate it showed and for the origin of its page' \
'import:Allow the sites that QZ Tray on this machine had allowed for good' \
'list:List what sites are allowed' \
'revoke:Take the word of certificates back, by a list that \`platen-sign revoke\` made and their root signed' \
'remove:Take a grant back. Its sessions end' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen trust commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__add_commands] )) ||
_platen__subcmd__trust__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust add commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__allow_commands] )) ||
_platen__subcmd__trust__subcmd__allow_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust allow commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__help_commands] )) ||
_platen__subcmd__trust__subcmd__help_commands() {
    local commands; commands=(
'add:Allow a site to print here' \
'pending:List the sites that were refused, each with the command that allows it' \
'allow:Allow a site that was refused, with the certificate it showed and for the origin of its page' \
'import:Allow the sites that QZ Tray on this machine had allowed for good' \
'list:List what sites are allowed' \
'revoke:Take the word of certificates back, by a list that \`platen-sign revoke\` made and their root signed' \
'remove:Take a grant back. Its sessions end' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen trust help commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__help__subcmd__add_commands] )) ||
_platen__subcmd__trust__subcmd__help__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust help add commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__help__subcmd__allow_commands] )) ||
_platen__subcmd__trust__subcmd__help__subcmd__allow_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust help allow commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__help__subcmd__help_commands] )) ||
_platen__subcmd__trust__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust help help commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__help__subcmd__import_commands] )) ||
_platen__subcmd__trust__subcmd__help__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust help import commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__help__subcmd__list_commands] )) ||
_platen__subcmd__trust__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust help list commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__help__subcmd__pending_commands] )) ||
_platen__subcmd__trust__subcmd__help__subcmd__pending_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust help pending commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__help__subcmd__remove_commands] )) ||
_platen__subcmd__trust__subcmd__help__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust help remove commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__help__subcmd__revoke_commands] )) ||
_platen__subcmd__trust__subcmd__help__subcmd__revoke_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust help revoke commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__import_commands] )) ||
_platen__subcmd__trust__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust import commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__list_commands] )) ||
_platen__subcmd__trust__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust list commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__pending_commands] )) ||
_platen__subcmd__trust__subcmd__pending_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust pending commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__remove_commands] )) ||
_platen__subcmd__trust__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust remove commands' commands "$@"
}
(( $+functions[_platen__subcmd__trust__subcmd__revoke_commands] )) ||
_platen__subcmd__trust__subcmd__revoke_commands() {
    local commands; commands=()
    _describe -t commands 'platen trust revoke commands' commands "$@"
}
(( $+functions[_platen__subcmd__uninstall_commands] )) ||
_platen__subcmd__uninstall_commands() {
    local commands; commands=()
    _describe -t commands 'platen uninstall commands' commands "$@"
}
(( $+functions[_platen__subcmd__update_commands] )) ||
_platen__subcmd__update_commands() {
    local commands; commands=(
'check:Tell whether a newer version is there' \
'apply:Install it; the version that runs comes back by itself when the new one does not work' \
'rollback:Go back to the version before' \
'status:Show which version runs, which ran before, and what is under way' \
'prepare:Make a folder of versions of this program, to be updated from then on' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen update commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__apply_commands] )) ||
_platen__subcmd__update__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'platen update apply commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__check_commands] )) ||
_platen__subcmd__update__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'platen update check commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__help_commands] )) ||
_platen__subcmd__update__subcmd__help_commands() {
    local commands; commands=(
'check:Tell whether a newer version is there' \
'apply:Install it; the version that runs comes back by itself when the new one does not work' \
'rollback:Go back to the version before' \
'status:Show which version runs, which ran before, and what is under way' \
'prepare:Make a folder of versions of this program, to be updated from then on' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen update help commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__help__subcmd__apply_commands] )) ||
_platen__subcmd__update__subcmd__help__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'platen update help apply commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__help__subcmd__check_commands] )) ||
_platen__subcmd__update__subcmd__help__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'platen update help check commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__help__subcmd__help_commands] )) ||
_platen__subcmd__update__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen update help help commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__help__subcmd__prepare_commands] )) ||
_platen__subcmd__update__subcmd__help__subcmd__prepare_commands() {
    local commands; commands=()
    _describe -t commands 'platen update help prepare commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__help__subcmd__rollback_commands] )) ||
_platen__subcmd__update__subcmd__help__subcmd__rollback_commands() {
    local commands; commands=()
    _describe -t commands 'platen update help rollback commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__help__subcmd__status_commands] )) ||
_platen__subcmd__update__subcmd__help__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'platen update help status commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__prepare_commands] )) ||
_platen__subcmd__update__subcmd__prepare_commands() {
    local commands; commands=()
    _describe -t commands 'platen update prepare commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__rollback_commands] )) ||
_platen__subcmd__update__subcmd__rollback_commands() {
    local commands; commands=()
    _describe -t commands 'platen update rollback commands' commands "$@"
}
(( $+functions[_platen__subcmd__update__subcmd__status_commands] )) ||
_platen__subcmd__update__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'platen update status commands' commands "$@"
}

if [ "$funcstack[1]" = "_platen" ]; then
    _platen "$@"
else
    compdef _platen platen
fi
