#compdef platen-sign

autoload -U is-at-least

_platen-sign() {
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
'-h[Print help]' \
'--help[Print help]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_platen-sign_commands" \
"*::: :->platen-sign" \
&& ret=0
    case $state in
    (platen-sign)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-command-$line[1]:"
        case $line[1] in
            (ca)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_platen-sign__subcmd__ca_commands" \
"*::: :->ca" \
&& ret=0

    case $state in
    (ca)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-ca-command-$line[1]:"
        case $line[1] in
            (new)
_arguments "${_arguments_options[@]}" : \
'--out=[Folder for ca.pem and ca.key]:DIR:_files' \
'--name=[Name of the root, shown to people]:NAME:_default' \
'--days=[How many days the root is valid]:DAYS:_default' \
'--force[Replace files that exist]' \
'--json[Print the result as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen-sign__subcmd__ca__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-ca-help-command-$line[1]:"
        case $line[1] in
            (new)
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
(site)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_platen-sign__subcmd__site_commands" \
"*::: :->site" \
&& ret=0

    case $state in
    (site)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-site-command-$line[1]:"
        case $line[1] in
            (new)
_arguments "${_arguments_options[@]}" : \
'--ca=[Folder of the root, made by \`platen-sign ca new\`]:DIR:_files' \
'--out=[Folder for site.pem and site.key]:DIR:_files' \
'*--origin=[Origin of the site'\''s pages\: \`pos.example\`, \`*.shop.example\`, \`http\://localhost\:3000\`; may be repeated]:ORIGIN:_default' \
'--days=[How many days the certificate is valid, never longer than its root]:DAYS:_default' \
'--algorithm=[Kind of the key \[default\: p256\]]:ALGORITHM:((p256\:"ECDSA P-256 with SHA-256"
ed25519\:"Ed25519"
rsa\:"RSA-PSS with SHA-256; needs --key"))' \
'--key=[Use this key (PEM, PKCS #8) instead of making one]:FILE:_files' \
'--force[Replace files that exist]' \
'--json[Print the result as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen-sign__subcmd__site__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-site-help-command-$line[1]:"
        case $line[1] in
            (new)
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
(sign)
_arguments "${_arguments_options[@]}" : \
'--key=[The site'\''s key (site.key)]:FILE:_files' \
'--cert=[The site'\''s chain (site.pem)]:FILE:_files' \
'*--purpose=[Sign for this method; may be repeated \[default\: session.open and the jobs.* that change something\]]:METHOD:_default' \
'--statement=[File with the statement'\''s text \[default\: standard input\]]:FILE:_files' \
'--with-certificates[Print the certificates too, as session.open takes them]' \
'--json[Print the certificates too, and errors as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
'*--root=[A root the machine trusts (ca.pem); may be repeated]:FILE:_files' \
'*--pin=[Fingerprint of a site certificate the machine trusts by itself; may be repeated]:SHA256:_default' \
'--cert=[The site'\''s chain (site.pem) \[default\: the certificates beside the signature\]]:FILE:_files' \
'--signed=[File with what \`platen-sign sign\` printed, or a whole signed request \[default\: standard input, unless that is a terminal or empty\]]:FILE:_files' \
'--origin=[Origin of the page]:ORIGIN:_default' \
'--revocations=[Revocation list, made by \`platen-sign revoke\`]:FILE:_files' \
'--at=[Judge at this time\: RFC 3339, or milliseconds since 1970 \[default\: now\]]:TIME:_default' \
'--json[Print the checks as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(explain)
_arguments "${_arguments_options[@]}" : \
'*--root=[A root the machine trusts (ca.pem); may be repeated]:FILE:_files' \
'*--pin=[Fingerprint of a site certificate the machine trusts by itself; may be repeated]:SHA256:_default' \
'--cert=[The site'\''s chain (site.pem) \[default\: the certificates beside the signature\]]:FILE:_files' \
'--signed=[File with what \`platen-sign sign\` printed, or a whole signed request \[default\: standard input, unless that is a terminal or empty\]]:FILE:_files' \
'--origin=[Origin of the page]:ORIGIN:_default' \
'--revocations=[Revocation list, made by \`platen-sign revoke\`]:FILE:_files' \
'--at=[Judge at this time\: RFC 3339, or milliseconds since 1970 \[default\: now\]]:TIME:_default' \
'--json[Print the checks as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(revoke)
_arguments "${_arguments_options[@]}" : \
'--ca=[Folder of the root, made by \`platen-sign ca new\`]:DIR:_files' \
'--list=[The list'\''s file; made if there is none]:FILE:_files' \
'*--cert=[A certificate to revoke (site.pem\: its first); may be repeated]:FILE:_files' \
'*--fingerprint=[Fingerprint of a certificate to revoke; may be repeated]:SHA256:_default' \
'--json[Print the result as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(provision)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_platen-sign__subcmd__provision_commands" \
"*::: :->provision" \
&& ret=0

    case $state in
    (provision)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-provision-command-$line[1]:"
        case $line[1] in
            (new)
_arguments "${_arguments_options[@]}" : \
'--out=[Folder for provision.key]:DIR:_files' \
'--force[Replace a file that exists]' \
'--json[Print the result as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(sign)
_arguments "${_arguments_options[@]}" : \
'--key=[The key\: Ed25519 or ECDSA P-256 (PEM, PKCS #8)]:FILE:_files' \
'--json[Print the result as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':file -- The provisioning file; check it with `platen provision check` first:_files' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen-sign__subcmd__provision__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-provision-help-command-$line[1]:"
        case $line[1] in
            (new)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(sign)
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
(update)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_platen-sign__subcmd__update_commands" \
"*::: :->update" \
&& ret=0

    case $state in
    (update)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-update-command-$line[1]:"
        case $line[1] in
            (new-key)
_arguments "${_arguments_options[@]}" : \
'--out=[File for the secret half]:FILE:_files' \
'--force[Replace a file that exists]' \
'--json[Print the result as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(manifest)
_arguments "${_arguments_options[@]}" : \
'--key=[The key, made by \`platen-sign update new-key\`]:FILE:_files' \
'--version=[The version that the files are]:VERSION:_default' \
'--sequence=[Number of the manifest, higher than every one before in this channel]:NUMBER:_default' \
'--channel=[Line of versions]:CHANNEL:_default' \
'--days=[How many days machines believe it]:DAYS:_default' \
'--delay-hours=[How many hours machines wait before they take it]:HOURS:_default' \
'*--file=[A file of the version\: \`linux-x86_64/platen=target/release/platen\`; may be repeated]:PLATFORM/NAME=FILE:_default' \
'--out=[Folder to publish]:DIR:_files' \
'--force[Replace a manifest that exists]' \
'--json[Print the result as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen-sign__subcmd__update__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-update-help-command-$line[1]:"
        case $line[1] in
            (new-key)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(manifest)
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
(serve)
_arguments "${_arguments_options[@]}" : \
'--key=[The site'\''s key (site.key)]:FILE:_files' \
'--cert=[The site'\''s chain (site.pem)]:FILE:_files' \
'*--purpose=[Sign for this method; may be repeated \[default\: session.open and the jobs.* that change something\]]:METHOD:_default' \
'*--origin=[Origin of pages that may ask for signatures; may be repeated]:ORIGIN:_default' \
'--listen=[Where to listen\: a loopback address; port 0 takes a free one]:ADDRESS:_default' \
'--json[Print the address as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_platen-sign__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-help-command-$line[1]:"
        case $line[1] in
            (ca)
_arguments "${_arguments_options[@]}" : \
":: :_platen-sign__subcmd__help__subcmd__ca_commands" \
"*::: :->ca" \
&& ret=0

    case $state in
    (ca)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-help-ca-command-$line[1]:"
        case $line[1] in
            (new)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(site)
_arguments "${_arguments_options[@]}" : \
":: :_platen-sign__subcmd__help__subcmd__site_commands" \
"*::: :->site" \
&& ret=0

    case $state in
    (site)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-help-site-command-$line[1]:"
        case $line[1] in
            (new)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(sign)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(explain)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(revoke)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(provision)
_arguments "${_arguments_options[@]}" : \
":: :_platen-sign__subcmd__help__subcmd__provision_commands" \
"*::: :->provision" \
&& ret=0

    case $state in
    (provision)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-help-provision-command-$line[1]:"
        case $line[1] in
            (new)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(sign)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(update)
_arguments "${_arguments_options[@]}" : \
":: :_platen-sign__subcmd__help__subcmd__update_commands" \
"*::: :->update" \
&& ret=0

    case $state in
    (update)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:platen-sign-help-update-command-$line[1]:"
        case $line[1] in
            (new-key)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(manifest)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(serve)
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
}

(( $+functions[_platen-sign_commands] )) ||
_platen-sign_commands() {
    local commands; commands=(
'ca:Your certificate authority\: the root your machines trust' \
'site:Certificates of your sites' \
'sign:Sign a statement, and nothing else' \
'verify:Tell whether an agent would accept a signature, or a chain' \
'explain:Show every check an agent makes, and what to do where one fails' \
'revoke:Take back certificates\: make the signed list longer' \
'provision:Provisioning files, for machines where they cannot lie protected' \
'update:Versions of Platen for machines of your own' \
'serve:A signing endpoint for development, on this machine only' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen-sign commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__ca_commands] )) ||
_platen-sign__subcmd__ca_commands() {
    local commands; commands=(
'new:Make a root\: DIR/ca.pem for your machines, DIR/ca.key for you alone' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen-sign ca commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__ca__subcmd__help_commands] )) ||
_platen-sign__subcmd__ca__subcmd__help_commands() {
    local commands; commands=(
'new:Make a root\: DIR/ca.pem for your machines, DIR/ca.key for you alone' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen-sign ca help commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__ca__subcmd__help__subcmd__help_commands] )) ||
_platen-sign__subcmd__ca__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign ca help help commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__ca__subcmd__help__subcmd__new_commands] )) ||
_platen-sign__subcmd__ca__subcmd__help__subcmd__new_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign ca help new commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__ca__subcmd__new_commands] )) ||
_platen-sign__subcmd__ca__subcmd__new_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign ca new commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__explain_commands] )) ||
_platen-sign__subcmd__explain_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign explain commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help_commands] )) ||
_platen-sign__subcmd__help_commands() {
    local commands; commands=(
'ca:Your certificate authority\: the root your machines trust' \
'site:Certificates of your sites' \
'sign:Sign a statement, and nothing else' \
'verify:Tell whether an agent would accept a signature, or a chain' \
'explain:Show every check an agent makes, and what to do where one fails' \
'revoke:Take back certificates\: make the signed list longer' \
'provision:Provisioning files, for machines where they cannot lie protected' \
'update:Versions of Platen for machines of your own' \
'serve:A signing endpoint for development, on this machine only' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen-sign help commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__ca_commands] )) ||
_platen-sign__subcmd__help__subcmd__ca_commands() {
    local commands; commands=(
'new:Make a root\: DIR/ca.pem for your machines, DIR/ca.key for you alone' \
    )
    _describe -t commands 'platen-sign help ca commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__ca__subcmd__new_commands] )) ||
_platen-sign__subcmd__help__subcmd__ca__subcmd__new_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help ca new commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__explain_commands] )) ||
_platen-sign__subcmd__help__subcmd__explain_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help explain commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__help_commands] )) ||
_platen-sign__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help help commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__provision_commands] )) ||
_platen-sign__subcmd__help__subcmd__provision_commands() {
    local commands; commands=(
'new:Make a key\: DIR/provision.key for you alone; its public half goes into each machine'\''s platen.toml' \
'sign:Sign a provisioning file\: FILE.sig goes beside it' \
    )
    _describe -t commands 'platen-sign help provision commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__provision__subcmd__new_commands] )) ||
_platen-sign__subcmd__help__subcmd__provision__subcmd__new_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help provision new commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__provision__subcmd__sign_commands] )) ||
_platen-sign__subcmd__help__subcmd__provision__subcmd__sign_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help provision sign commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__revoke_commands] )) ||
_platen-sign__subcmd__help__subcmd__revoke_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help revoke commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__serve_commands] )) ||
_platen-sign__subcmd__help__subcmd__serve_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help serve commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__sign_commands] )) ||
_platen-sign__subcmd__help__subcmd__sign_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help sign commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__site_commands] )) ||
_platen-sign__subcmd__help__subcmd__site_commands() {
    local commands; commands=(
'new:Make a site'\''s certificate and key\: DIR/site.pem and DIR/site.key for its server' \
    )
    _describe -t commands 'platen-sign help site commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__site__subcmd__new_commands] )) ||
_platen-sign__subcmd__help__subcmd__site__subcmd__new_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help site new commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__update_commands] )) ||
_platen-sign__subcmd__help__subcmd__update_commands() {
    local commands; commands=(
'new-key:Make the key that signs versions; keep it offline' \
'manifest:Sign a version\: DIR/manifest.json, with its files beside it' \
    )
    _describe -t commands 'platen-sign help update commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__update__subcmd__manifest_commands] )) ||
_platen-sign__subcmd__help__subcmd__update__subcmd__manifest_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help update manifest commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__update__subcmd__new-key_commands] )) ||
_platen-sign__subcmd__help__subcmd__update__subcmd__new-key_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help update new-key commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__help__subcmd__verify_commands] )) ||
_platen-sign__subcmd__help__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign help verify commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__provision_commands] )) ||
_platen-sign__subcmd__provision_commands() {
    local commands; commands=(
'new:Make a key\: DIR/provision.key for you alone; its public half goes into each machine'\''s platen.toml' \
'sign:Sign a provisioning file\: FILE.sig goes beside it' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen-sign provision commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__provision__subcmd__help_commands] )) ||
_platen-sign__subcmd__provision__subcmd__help_commands() {
    local commands; commands=(
'new:Make a key\: DIR/provision.key for you alone; its public half goes into each machine'\''s platen.toml' \
'sign:Sign a provisioning file\: FILE.sig goes beside it' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen-sign provision help commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__provision__subcmd__help__subcmd__help_commands] )) ||
_platen-sign__subcmd__provision__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign provision help help commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__provision__subcmd__help__subcmd__new_commands] )) ||
_platen-sign__subcmd__provision__subcmd__help__subcmd__new_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign provision help new commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__provision__subcmd__help__subcmd__sign_commands] )) ||
_platen-sign__subcmd__provision__subcmd__help__subcmd__sign_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign provision help sign commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__provision__subcmd__new_commands] )) ||
_platen-sign__subcmd__provision__subcmd__new_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign provision new commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__provision__subcmd__sign_commands] )) ||
_platen-sign__subcmd__provision__subcmd__sign_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign provision sign commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__revoke_commands] )) ||
_platen-sign__subcmd__revoke_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign revoke commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__serve_commands] )) ||
_platen-sign__subcmd__serve_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign serve commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__sign_commands] )) ||
_platen-sign__subcmd__sign_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign sign commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__site_commands] )) ||
_platen-sign__subcmd__site_commands() {
    local commands; commands=(
'new:Make a site'\''s certificate and key\: DIR/site.pem and DIR/site.key for its server' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen-sign site commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__site__subcmd__help_commands] )) ||
_platen-sign__subcmd__site__subcmd__help_commands() {
    local commands; commands=(
'new:Make a site'\''s certificate and key\: DIR/site.pem and DIR/site.key for its server' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen-sign site help commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__site__subcmd__help__subcmd__help_commands] )) ||
_platen-sign__subcmd__site__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign site help help commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__site__subcmd__help__subcmd__new_commands] )) ||
_platen-sign__subcmd__site__subcmd__help__subcmd__new_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign site help new commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__site__subcmd__new_commands] )) ||
_platen-sign__subcmd__site__subcmd__new_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign site new commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__update_commands] )) ||
_platen-sign__subcmd__update_commands() {
    local commands; commands=(
'new-key:Make the key that signs versions; keep it offline' \
'manifest:Sign a version\: DIR/manifest.json, with its files beside it' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen-sign update commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__update__subcmd__help_commands] )) ||
_platen-sign__subcmd__update__subcmd__help_commands() {
    local commands; commands=(
'new-key:Make the key that signs versions; keep it offline' \
'manifest:Sign a version\: DIR/manifest.json, with its files beside it' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'platen-sign update help commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__update__subcmd__help__subcmd__help_commands] )) ||
_platen-sign__subcmd__update__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign update help help commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__update__subcmd__help__subcmd__manifest_commands] )) ||
_platen-sign__subcmd__update__subcmd__help__subcmd__manifest_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign update help manifest commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__update__subcmd__help__subcmd__new-key_commands] )) ||
_platen-sign__subcmd__update__subcmd__help__subcmd__new-key_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign update help new-key commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__update__subcmd__manifest_commands] )) ||
_platen-sign__subcmd__update__subcmd__manifest_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign update manifest commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__update__subcmd__new-key_commands] )) ||
_platen-sign__subcmd__update__subcmd__new-key_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign update new-key commands' commands "$@"
}
(( $+functions[_platen-sign__subcmd__verify_commands] )) ||
_platen-sign__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'platen-sign verify commands' commands "$@"
}

if [ "$funcstack[1]" = "_platen-sign" ]; then
    _platen-sign "$@"
else
    compdef _platen-sign platen-sign
fi
