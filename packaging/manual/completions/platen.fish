# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_platen_global_optspecs
    string join \n config= state= json h/help V/version
end

function __fish_platen_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_platen_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_platen_using_subcommand
    set -l cmd (__fish_platen_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c platen -n "__fish_platen_needs_command" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_needs_command" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_needs_command" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_needs_command" -s V -l version -d 'Print version'
complete -c platen -n "__fish_platen_needs_command" -f -a "run" -d 'Run the agent until it is told to stop (SIGTERM, Ctrl-C)'
complete -c platen -n "__fish_platen_needs_command" -f -a "status" -d 'Show how the agent is: ports, certificate, jobs, sessions'
complete -c platen -n "__fish_platen_needs_command" -f -a "printers" -d 'List the printers with their states; find, add, rename, test and remove them'
complete -c platen -n "__fish_platen_needs_command" -f -a "jobs" -d 'List jobs, and decide what becomes of them'
complete -c platen -n "__fish_platen_needs_command" -f -a "print" -d 'Print a file on a printer'
complete -c platen -n "__fish_platen_needs_command" -f -a "pause" -d 'Stop a printer from starting jobs, or all of them; running ones end'
complete -c platen -n "__fish_platen_needs_command" -f -a "resume" -d 'Let a paused printer start jobs again'
complete -c platen -n "__fish_platen_needs_command" -f -a "trust" -d 'Say which sites may print here'
complete -c platen -n "__fish_platen_needs_command" -f -a "cert" -d 'The certificate of this machine\'s own wss ports'
complete -c platen -n "__fish_platen_needs_command" -f -a "install" -d 'Install Platen: its certificate where browsers look, policies, service'
complete -c platen -n "__fish_platen_needs_command" -f -a "uninstall" -d 'Take back everything that `platen install` changed'
complete -c platen -n "__fish_platen_needs_command" -f -a "update" -d 'Newer versions of this program, where no package manager owns it'
complete -c platen -n "__fish_platen_needs_command" -f -a "supervise" -d 'Run the agent of a folder of versions, and try new ones of it: what a service starts after `platen update prepare`'
complete -c platen -n "__fish_platen_needs_command" -f -a "events" -d 'Show what happens to jobs and printers, in order'
complete -c platen -n "__fish_platen_needs_command" -f -a "doctor" -d 'Look for what is wrong and say what to do'
complete -c platen -n "__fish_platen_needs_command" -f -a "support-bundle" -d 'Write one file with what somebody who helps must know: versions, configuration, findings, metrics, log and history'
complete -c platen -n "__fish_platen_needs_command" -f -a "preview" -d 'Show what a print job says, without printing it'
complete -c platen -n "__fish_platen_needs_command" -f -a "render" -d 'Put data into a receipt template and write the job for a printer'
complete -c platen -n "__fish_platen_needs_command" -f -a "emulator" -d 'Receipt printers to test against: they print, jam, stall, lie and disappear on command'
complete -c platen -n "__fish_platen_needs_command" -f -a "provision" -d 'The file that says what this machine is to have: check it, apply it, show what came of it'
complete -c platen -n "__fish_platen_needs_command" -f -a "config" -d 'Check, show and explain the configuration'
complete -c platen -n "__fish_platen_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand run" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand run" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand run" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand status" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand status" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand status" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -f -a "list" -d 'List the printers with their states'
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -f -a "discover" -d 'Look for printers: on the network, on USB and serial ports, and behind the print service'
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -f -a "add" -d 'Add a printer. Pages see it once they have a grant for it'
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -f -a "rename" -d 'Give a printer that was added another name. The name it had finds it still; its id, its jobs and the grants for it stay'
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -f -a "remove" -d 'Remove a printer that was added. Its finished jobs keep their history'
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -f -a "test" -d 'Print a short test page, and say how it ended'
complete -c platen -n "__fish_platen_using_subcommand printers; and not __fish_seen_subcommand_from list discover add rename remove test help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from list" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from list" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from list" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from discover" -l wait -d 'How long to look, in seconds' -r
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from discover" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from discover" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from discover" -l watch -d 'Go on, and tell what comes, changes and goes'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from discover" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from discover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from add" -l name -d 'Its name for people; default: the name it announces, else its URI' -r
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from add" -l profile -d 'Its model, where it is not the one it says; a wrong one lists the known ones' -r
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from add" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from add" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from add" -l ask -d 'Ask the printer for its model. Only for receipt printers (ESC/POS) on TCP, others may print three characters, and printers on USB'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from add" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from rename" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from rename" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from rename" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from remove" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from remove" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from remove" -l force -d 'Call off the jobs that wait for it'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from remove" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from test" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from test" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from test" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the printers with their states'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from help" -f -a "discover" -d 'Look for printers: on the network, on USB and serial ports, and behind the print service'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a printer. Pages see it once they have a grant for it'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Give a printer that was added another name. The name it had finds it still; its id, its jobs and the grants for it stay'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove a printer that was added. Its finished jobs keep their history'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from help" -f -a "test" -d 'Print a short test page, and say how it ended'
complete -c platen -n "__fish_platen_using_subcommand printers; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -l printer -d 'Only jobs of this printer (its id)' -r
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -l state-is -d 'Only jobs in these states, separated by commas' -r
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -l limit -d 'At most this many, newest first' -r
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -l csv -d 'Print the list as CSV, with times in full; --json goes before'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -f -a "list" -d 'List jobs, newest first'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -f -a "show" -d 'Show a job with its history'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -f -a "cancel" -d 'Call a job off'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -f -a "hold" -d 'Keep a pending job from starting'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -f -a "release" -d 'Let a held job start'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -f -a "retry" -d 'Deliver an interrupted job again: look at the paper first'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -f -a "resolve" -d 'Say that an interrupted job was printed: look at the paper first'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -f -a "reprint" -d 'Print a finished job again, as a new job'
complete -c platen -n "__fish_platen_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel hold release retry resolve reprint help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from list" -l printer -d 'Only jobs of this printer (its id)' -r
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from list" -l state-is -d 'Only jobs in these states, separated by commas' -r
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from list" -l limit -d 'At most this many, newest first' -r
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from list" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from list" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from list" -l csv -d 'Print the list as CSV, with times in full; --json goes before'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from list" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from show" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from show" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from show" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from cancel" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from cancel" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from cancel" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from hold" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from hold" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from hold" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from hold" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from release" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from release" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from release" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from release" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from retry" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from retry" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from retry" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from resolve" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from resolve" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from resolve" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from resolve" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from reprint" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from reprint" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from reprint" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from reprint" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "list" -d 'List jobs, newest first'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a job with its history'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "cancel" -d 'Call a job off'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "hold" -d 'Keep a pending job from starting'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "release" -d 'Let a held job start'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "retry" -d 'Deliver an interrupted job again: look at the paper first'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "resolve" -d 'Say that an interrupted job was printed: look at the paper first'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "reprint" -d 'Print a finished job again, as a new job'
complete -c platen -n "__fish_platen_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand print" -l printer -d 'Id or name of the printer' -r
complete -c platen -n "__fish_platen_using_subcommand print" -l name -d 'Name of the job; default: the file\'s name' -r
complete -c platen -n "__fish_platen_using_subcommand print" -l format -d 'What the file is; default: text/plain for a name that ends in .txt, else application/octet-stream, octets for the printer as they are' -r
complete -c platen -n "__fish_platen_using_subcommand print" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand print" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand print" -l wait -d 'Wait until the job is finished, or needs a decision'
complete -c platen -n "__fish_platen_using_subcommand print" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand print" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand pause" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand pause" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand pause" -l all -d 'All printers of this machine, also those to come; kept over a restart'
complete -c platen -n "__fish_platen_using_subcommand pause" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand resume" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand resume" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand resume" -l all -d 'All printers of this machine, also those to come; kept over a restart'
complete -c platen -n "__fish_platen_using_subcommand resume" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -f -a "add" -d 'Allow a site to print here'
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -f -a "pending" -d 'List the sites that were refused, each with the command that allows it'
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -f -a "allow" -d 'Allow a site that was refused, with the certificate it showed and for the origin of its page'
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -f -a "import" -d 'Allow the sites that QZ Tray on this machine had allowed for good'
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -f -a "list" -d 'List what sites are allowed'
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -f -a "revoke" -d 'Take the word of certificates back, by a list that `platen-sign revoke` made and their root signed'
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -f -a "remove" -d 'Take a grant back. Its sessions end'
complete -c platen -n "__fish_platen_using_subcommand trust; and not __fish_seen_subcommand_from add pending allow import list revoke remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l origin -d 'An origin it may speak for: `https://pos.example`, or `*.shop.example` for every site one label below. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l capability -d 'What it may do, separated by commas; default: what printing needs' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l printer -d 'A printer it may use, by id or name; default: every printer. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l user -d 'A user of this machine in whose browser it may, by name or number; default: everybody. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l device -d 'A device it may use, which the capability for such devices comes with: `serial:/dev/ttyUSB0`, `serial:usb:0403:6001`, `usb:04b8:0202`, `hid:0922:8003` (`:SERIAL` behind it means one of several) or `socket:192.0.2.7:4001`. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l signing -d 'What the site must sign' -r -f -a "request\t'The opening of a session and each call that changes something'
session\t'Only the opening of a session'"
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l qz -d 'Allow pages written for QZ Tray to use it, unchanged; with options, separated by commas' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l expires -d 'Days until the grant ends; default: never' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l revocations-max-age -d 'Days that the newest list of revocations of a root may be old (`platen trust revoke`); when it is older, nobody below that root is let in, but for certificates that are trusted by themselves. Default: any age' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l name -d 'A note for people; default: the certificate\'s subject' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l native -d 'Allow programs that are no browsers, and send no Origin, as well'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from pending" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from pending" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from pending" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from pending" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l origin -d 'An origin it may speak for: `https://pos.example`, or `*.shop.example` for every site one label below. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l capability -d 'What it may do, separated by commas; default: what printing needs' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l printer -d 'A printer it may use, by id or name; default: every printer. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l user -d 'A user of this machine in whose browser it may, by name or number; default: everybody. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l device -d 'A device it may use, which the capability for such devices comes with: `serial:/dev/ttyUSB0`, `serial:usb:0403:6001`, `usb:04b8:0202`, `hid:0922:8003` (`:SERIAL` behind it means one of several) or `socket:192.0.2.7:4001`. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l signing -d 'What the site must sign' -r -f -a "request\t'The opening of a session and each call that changes something'
session\t'Only the opening of a session'"
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l qz -d 'Allow pages written for QZ Tray to use it, unchanged; with options, separated by commas' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l expires -d 'Days until the grant ends; default: never' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l revocations-max-age -d 'Days that the newest list of revocations of a root may be old (`platen trust revoke`); when it is older, nobody below that root is let in, but for certificates that are trusted by themselves. Default: any age' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l name -d 'A note for people; default: the certificate\'s subject' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l native -d 'Allow programs that are no browsers, and send no Origin, as well'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from allow" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l origin -d 'An origin it may speak for: `https://pos.example`, or `*.shop.example` for every site one label below. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l capability -d 'What it may do, separated by commas; default: what printing needs' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l printer -d 'A printer it may use, by id or name; default: every printer. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l user -d 'A user of this machine in whose browser it may, by name or number; default: everybody. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l device -d 'A device it may use, which the capability for such devices comes with: `serial:/dev/ttyUSB0`, `serial:usb:0403:6001`, `usb:04b8:0202`, `hid:0922:8003` (`:SERIAL` behind it means one of several) or `socket:192.0.2.7:4001`. May be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l signing -d 'What the site must sign' -r -f -a "request\t'The opening of a session and each call that changes something'
session\t'Only the opening of a session'"
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l qz -d 'Allow pages written for QZ Tray to use it, unchanged; with options, separated by commas' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l expires -d 'Days until the grant ends; default: never' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l revocations-max-age -d 'Days that the newest list of revocations of a root may be old (`platen trust revoke`); when it is older, nobody below that root is let in, but for certificates that are trusted by themselves. Default: any age' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l name -d 'A note for people; default: the certificate\'s subject' -r
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l blocked -d 'Refuse these sites, also where a root that is trusted vouches for them'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l native -d 'Allow programs that are no browsers, and send no Origin, as well'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from list" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from list" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from list" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from revoke" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from revoke" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from revoke" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from remove" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from remove" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from remove" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "add" -d 'Allow a site to print here'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "pending" -d 'List the sites that were refused, each with the command that allows it'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "allow" -d 'Allow a site that was refused, with the certificate it showed and for the origin of its page'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "import" -d 'Allow the sites that QZ Tray on this machine had allowed for good'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "list" -d 'List what sites are allowed'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Take the word of certificates back, by a list that `platen-sign revoke` made and their root signed'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Take a grant back. Its sessions end'
complete -c platen -n "__fish_platen_using_subcommand trust; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand cert; and not __fish_seen_subcommand_from show renew help" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand cert; and not __fish_seen_subcommand_from show renew help" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand cert; and not __fish_seen_subcommand_from show renew help" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand cert; and not __fish_seen_subcommand_from show renew help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand cert; and not __fish_seen_subcommand_from show renew help" -f -a "show" -d 'Show the certificate and where it is trusted'
complete -c platen -n "__fish_platen_using_subcommand cert; and not __fish_seen_subcommand_from show renew help" -f -a "renew" -d 'Make a new certificate. Browsers must be told to trust it anew'
complete -c platen -n "__fish_platen_using_subcommand cert; and not __fish_seen_subcommand_from show renew help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from show" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from show" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from show" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from renew" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from renew" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from renew" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from renew" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the certificate and where it is trusted'
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "renew" -d 'Make a new certificate. Browsers must be told to trust it anew'
complete -c platen -n "__fish_platen_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand install" -l provision -d 'Put this provisioning file in place, after checking it' -r -F
complete -c platen -n "__fish_platen_using_subcommand install" -l allow-origin -d 'A site whose pages browsers let reach this machine without asking: `https://pos.example`, or `*.shop.example`, which browsers take for every site below. May be repeated; those named before stay' -r
complete -c platen -n "__fish_platen_using_subcommand install" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand install" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand install" -l user -d 'For this user alone'
complete -c platen -n "__fish_platen_using_subcommand install" -l system -d 'For the whole machine; the default for root'
complete -c platen -n "__fish_platen_using_subcommand install" -l plan -d 'Show what would be changed, and change nothing'
complete -c platen -n "__fish_platen_using_subcommand install" -l check -d 'Show what is not as it was installed, and change nothing; exit code 1 where something is'
complete -c platen -n "__fish_platen_using_subcommand install" -l repair -d 'Make everything as it was installed again, with what was chosen then'
complete -c platen -n "__fish_platen_using_subcommand install" -l at-start -d 'The agent starts: repair all but what it is started by, and say nothing where nothing is to be done. Its unit asks for this'
complete -c platen -n "__fish_platen_using_subcommand install" -l package -d 'Leave out what a package brings and its manager does: programs, service, udev rules'
complete -c platen -n "__fish_platen_using_subcommand install" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand uninstall" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand uninstall" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand uninstall" -l user -d 'For this user alone'
complete -c platen -n "__fish_platen_using_subcommand uninstall" -l system -d 'For the whole machine; the default for root'
complete -c platen -n "__fish_platen_using_subcommand uninstall" -l plan -d 'Show what would be undone, and change nothing'
complete -c platen -n "__fish_platen_using_subcommand uninstall" -l package -d 'Leave what a package brought to its manager'
complete -c platen -n "__fish_platen_using_subcommand uninstall" -l purge -d 'Remove the agent\'s state as well: jobs, grants, keys'
complete -c platen -n "__fish_platen_using_subcommand uninstall" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand uninstall" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand update; and not __fish_seen_subcommand_from check apply rollback status prepare help" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and not __fish_seen_subcommand_from check apply rollback status prepare help" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and not __fish_seen_subcommand_from check apply rollback status prepare help" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand update; and not __fish_seen_subcommand_from check apply rollback status prepare help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand update; and not __fish_seen_subcommand_from check apply rollback status prepare help" -f -a "check" -d 'Tell whether a newer version is there'
complete -c platen -n "__fish_platen_using_subcommand update; and not __fish_seen_subcommand_from check apply rollback status prepare help" -f -a "apply" -d 'Install it; the version that runs comes back by itself when the new one does not work'
complete -c platen -n "__fish_platen_using_subcommand update; and not __fish_seen_subcommand_from check apply rollback status prepare help" -f -a "rollback" -d 'Go back to the version before'
complete -c platen -n "__fish_platen_using_subcommand update; and not __fish_seen_subcommand_from check apply rollback status prepare help" -f -a "status" -d 'Show which version runs, which ran before, and what is under way'
complete -c platen -n "__fish_platen_using_subcommand update; and not __fish_seen_subcommand_from check apply rollback status prepare help" -f -a "prepare" -d 'Make a folder of versions of this program, to be updated from then on'
complete -c platen -n "__fish_platen_using_subcommand update; and not __fish_seen_subcommand_from check apply rollback status prepare help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from check" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from check" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from check" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from apply" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from apply" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from apply" -l again -d 'Try a version again that was taken back on this machine'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from apply" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from rollback" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from rollback" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from rollback" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from rollback" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from status" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from status" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from status" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from prepare" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from prepare" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from prepare" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from prepare" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from help" -f -a "check" -d 'Tell whether a newer version is there'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from help" -f -a "apply" -d 'Install it; the version that runs comes back by itself when the new one does not work'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from help" -f -a "rollback" -d 'Go back to the version before'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show which version runs, which ran before, and what is under way'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from help" -f -a "prepare" -d 'Make a folder of versions of this program, to be updated from then on'
complete -c platen -n "__fish_platen_using_subcommand update; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand supervise" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand supervise" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand supervise" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand supervise" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand events" -l after -d 'Begin after this place in the log; default: its beginning, or now with --follow' -r
complete -c platen -n "__fish_platen_using_subcommand events" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand events" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand events" -l follow -d 'Go on with what happens'
complete -c platen -n "__fish_platen_using_subcommand events" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand doctor" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand doctor" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand doctor" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand support-bundle" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand support-bundle" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand support-bundle" -l with-origins -d 'Name the sites; they are called site-1, site-2, ... otherwise'
complete -c platen -n "__fish_platen_using_subcommand support-bundle" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand support-bundle" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand preview" -l png -d 'Write what it looks like as a PNG, one pixel a dot of the printer' -r -F
complete -c platen -n "__fish_platen_using_subcommand preview" -l svg -d 'Write what it looks like as an SVG, the same dots' -r -F
complete -c platen -n "__fish_platen_using_subcommand preview" -l html -d 'Write a page for a browser, which screen readers can read' -r -F
complete -c platen -n "__fish_platen_using_subcommand preview" -l reencode -d 'Parse it and write it again' -r -F
complete -c platen -n "__fish_platen_using_subcommand preview" -l profile -d 'The printer model; a wrong one lists the known ones' -r
complete -c platen -n "__fish_platen_using_subcommand preview" -l columns -d 'Characters a row in font A; default: what the profile says' -r
complete -c platen -n "__fish_platen_using_subcommand preview" -l dots -d 'Printable width in dots; default: what the profile says' -r
complete -c platen -n "__fish_platen_using_subcommand preview" -l multibyte -d 'The two-byte characters of the printer; default: what the profile says' -r -f -a "none\t'None'
shift_jis\t'Japanese, Shift JIS'
gb18030\t'Simplified Chinese'
big5\t'Traditional Chinese'
ksc5601\t'Korean'"
complete -c platen -n "__fish_platen_using_subcommand preview" -l dialect -d 'The printer language; default: what the job looks like' -r -f -a "escpos\t'ESC/POS'
star\t'Star line mode and StarPRNT'
zpl\t'ZPL'"
complete -c platen -n "__fish_platen_using_subcommand preview" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand preview" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand preview" -l text -d 'Print its text to standard output, one row of paper a line'
complete -c platen -n "__fish_platen_using_subcommand preview" -l facts -d 'Print what it says as JSON to standard output: rows, codes, pictures, cuts, drawer pulses'
complete -c platen -n "__fish_platen_using_subcommand preview" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand preview" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand render" -l out -d 'The file to write the job to; default: standard output' -r -F
complete -c platen -n "__fish_platen_using_subcommand render" -l picture -d 'A picture file (PNG, JPEG, GIF, BMP) and what the template calls it; may be repeated' -r
complete -c platen -n "__fish_platen_using_subcommand render" -l locale -d 'The locale, such as de-CH, of a template that names none' -r
complete -c platen -n "__fish_platen_using_subcommand render" -l currency -d 'The currency, such as CHF, of a template that names none' -r
complete -c platen -n "__fish_platen_using_subcommand render" -l profile -d 'The printer model; a wrong one lists the known ones' -r
complete -c platen -n "__fish_platen_using_subcommand render" -l columns -d 'Characters a row in font A; default: what the profile says' -r
complete -c platen -n "__fish_platen_using_subcommand render" -l dots -d 'Printable width in dots; default: what the profile says' -r
complete -c platen -n "__fish_platen_using_subcommand render" -l multibyte -d 'The two-byte characters of the printer; default: what the profile says' -r -f -a "none\t'None'
shift_jis\t'Japanese, Shift JIS'
gb18030\t'Simplified Chinese'
big5\t'Traditional Chinese'
ksc5601\t'Korean'"
complete -c platen -n "__fish_platen_using_subcommand render" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand render" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand render" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand render" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand emulator; and not __fish_seen_subcommand_from run control help" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand emulator; and not __fish_seen_subcommand_from run control help" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand emulator; and not __fish_seen_subcommand_from run control help" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand emulator; and not __fish_seen_subcommand_from run control help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand emulator; and not __fish_seen_subcommand_from run control help" -f -a "run" -d 'Run emulated printers until stopped (SIGTERM, Ctrl-C, `control stop`)'
complete -c platen -n "__fish_platen_using_subcommand emulator; and not __fish_seen_subcommand_from run control help" -f -a "control" -d 'Tell running printers what happens to them, and ask what they printed'
complete -c platen -n "__fish_platen_using_subcommand emulator; and not __fish_seen_subcommand_from run control help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l printers -d 'How many printers; the others listen on the ports after the first' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l port -d 'Port of the first printer; 0 takes a free one for each' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l listen -d 'Address the printers listen on; 0.0.0.0 lets other machines print' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l control -d 'Where the control socket listens, on loopback only; port 0 takes a free one' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l script -d 'What kind of printers, and what happens to them, in TOML or JSON' -r -F
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l record -d 'Folder that gets what each job printed' -r -F
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l seed -d 'Faults by chance; the same seed and the same connections give the same faults' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l one-in -d 'With --seed: one connection in this many gets a fault' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l lasts -d 'With --seed: each fault mends itself after at most this many milliseconds' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l paper -d 'Width of the paper: 80mm or 58mm' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l roll -d 'Length of a new roll in millimeters; 0 never ends' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l buffer -d 'Octets the buffer takes before the printer stops reading' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l octets-per-second -d 'Octets interpreted a second; 0 is at once' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l lines-per-second -d 'Lines printed a second; 0 is at once' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l connections -d 'Connections a printer serves beside each other; more wait' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l close -d 'When a finished connection is closed: received or printed' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l job-ends -d 'What one job is: connection, cut or process-id' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -l address -d 'Where the control socket is, as `platen emulator run` says' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -l printer -d 'Which printer, counted from 1; default: all' -r
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "paper-out" -d 'Take the paper out'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "paper-low" -d 'Leave so little paper that the near-end sensor speaks'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "paper-new" -d 'Put a new roll in and close the cover'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "cover-open" -d 'Open the cover'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "cover-close" -d 'Close the cover'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "drawer-open" -d 'Pull the drawer open'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "drawer-close" -d 'Push the drawer shut'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "recover" -d 'Remove what jammed; let the print head cool'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "power-off" -d 'Switch off: the buffer is lost, connections are refused'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "power-on" -d 'Switch on'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "heal" -d 'End every fault and forget those that are armed'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "fault" -d 'Let something go wrong'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "status" -d 'Show how the printers are'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "jobs" -d 'Show what they printed'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "wait" -d 'Wait until so many jobs have ended since the start, on the first printer or on the one named with --printer'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "forget" -d 'Forget the jobs that have ended'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "stop" -d 'End the emulator'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from control" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run emulated printers until stopped (SIGTERM, Ctrl-C, `control stop`)'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from help" -f -a "control" -d 'Tell running printers what happens to them, and ask what they printed'
complete -c platen -n "__fish_platen_using_subcommand emulator; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand provision; and not __fish_seen_subcommand_from check show apply help" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand provision; and not __fish_seen_subcommand_from check show apply help" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand provision; and not __fish_seen_subcommand_from check show apply help" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand provision; and not __fish_seen_subcommand_from check show apply help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand provision; and not __fish_seen_subcommand_from check show apply help" -f -a "check" -d 'List everything that is wrong with a provisioning file, and say what it would do here. Changes nothing'
complete -c platen -n "__fish_platen_using_subcommand provision; and not __fish_seen_subcommand_from check show apply help" -f -a "show" -d 'Show what is in effect, and why a file is refused'
complete -c platen -n "__fish_platen_using_subcommand provision; and not __fish_seen_subcommand_from check show apply help" -f -a "apply" -d 'Look at the file again and do what it says, without a restart'
complete -c platen -n "__fish_platen_using_subcommand provision; and not __fish_seen_subcommand_from check show apply help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from check" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from check" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from check" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from show" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from show" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from show" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from apply" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from apply" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from apply" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from help" -f -a "check" -d 'List everything that is wrong with a provisioning file, and say what it would do here. Changes nothing'
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what is in effect, and why a file is refused'
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from help" -f -a "apply" -d 'Look at the file again and do what it says, without a restart'
complete -c platen -n "__fish_platen_using_subcommand provision; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c platen -n "__fish_platen_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -f -a "check" -d 'List everything that is wrong with a configuration'
complete -c platen -n "__fish_platen_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -f -a "show" -d 'Print the values in effect'
complete -c platen -n "__fish_platen_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -f -a "reference" -d 'Print the reference of every key'
complete -c platen -n "__fish_platen_using_subcommand config; and not __fish_seen_subcommand_from check show reference help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from check" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from show" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from reference" -l config -d 'Configuration file; default: the first of the conventional places that exists (see `platen config reference`)' -r -F
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from reference" -l state -d 'State directory, which holds the store, the keys and the agent\'s socket' -r -F
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from reference" -l json -d 'Print results, and errors, as JSON'
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from reference" -s h -l help -d 'Print help'
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'List everything that is wrong with a configuration'
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print the values in effect'
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "reference" -d 'Print the reference of every key'
complete -c platen -n "__fish_platen_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "run" -d 'Run the agent until it is told to stop (SIGTERM, Ctrl-C)'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "status" -d 'Show how the agent is: ports, certificate, jobs, sessions'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "printers" -d 'List the printers with their states; find, add, rename, test and remove them'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "jobs" -d 'List jobs, and decide what becomes of them'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "print" -d 'Print a file on a printer'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "pause" -d 'Stop a printer from starting jobs, or all of them; running ones end'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "resume" -d 'Let a paused printer start jobs again'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "trust" -d 'Say which sites may print here'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "cert" -d 'The certificate of this machine\'s own wss ports'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "install" -d 'Install Platen: its certificate where browsers look, policies, service'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "uninstall" -d 'Take back everything that `platen install` changed'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "update" -d 'Newer versions of this program, where no package manager owns it'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "supervise" -d 'Run the agent of a folder of versions, and try new ones of it: what a service starts after `platen update prepare`'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "events" -d 'Show what happens to jobs and printers, in order'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "doctor" -d 'Look for what is wrong and say what to do'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "support-bundle" -d 'Write one file with what somebody who helps must know: versions, configuration, findings, metrics, log and history'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "preview" -d 'Show what a print job says, without printing it'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "render" -d 'Put data into a receipt template and write the job for a printer'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "emulator" -d 'Receipt printers to test against: they print, jam, stall, lie and disappear on command'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "provision" -d 'The file that says what this machine is to have: check it, apply it, show what came of it'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "config" -d 'Check, show and explain the configuration'
complete -c platen -n "__fish_platen_using_subcommand help; and not __fish_seen_subcommand_from run status printers jobs print pause resume trust cert install uninstall update supervise events doctor support-bundle preview render emulator provision config help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from printers" -f -a "list" -d 'List the printers with their states'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from printers" -f -a "discover" -d 'Look for printers: on the network, on USB and serial ports, and behind the print service'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from printers" -f -a "add" -d 'Add a printer. Pages see it once they have a grant for it'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from printers" -f -a "rename" -d 'Give a printer that was added another name. The name it had finds it still; its id, its jobs and the grants for it stay'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from printers" -f -a "remove" -d 'Remove a printer that was added. Its finished jobs keep their history'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from printers" -f -a "test" -d 'Print a short test page, and say how it ended'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "list" -d 'List jobs, newest first'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "show" -d 'Show a job with its history'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "cancel" -d 'Call a job off'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "hold" -d 'Keep a pending job from starting'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "release" -d 'Let a held job start'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "retry" -d 'Deliver an interrupted job again: look at the paper first'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "resolve" -d 'Say that an interrupted job was printed: look at the paper first'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "reprint" -d 'Print a finished job again, as a new job'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "add" -d 'Allow a site to print here'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "pending" -d 'List the sites that were refused, each with the command that allows it'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "allow" -d 'Allow a site that was refused, with the certificate it showed and for the origin of its page'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "import" -d 'Allow the sites that QZ Tray on this machine had allowed for good'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "list" -d 'List what sites are allowed'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "revoke" -d 'Take the word of certificates back, by a list that `platen-sign revoke` made and their root signed'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from trust" -f -a "remove" -d 'Take a grant back. Its sessions end'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from cert" -f -a "show" -d 'Show the certificate and where it is trusted'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from cert" -f -a "renew" -d 'Make a new certificate. Browsers must be told to trust it anew'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from update" -f -a "check" -d 'Tell whether a newer version is there'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from update" -f -a "apply" -d 'Install it; the version that runs comes back by itself when the new one does not work'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from update" -f -a "rollback" -d 'Go back to the version before'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from update" -f -a "status" -d 'Show which version runs, which ran before, and what is under way'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from update" -f -a "prepare" -d 'Make a folder of versions of this program, to be updated from then on'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from emulator" -f -a "run" -d 'Run emulated printers until stopped (SIGTERM, Ctrl-C, `control stop`)'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from emulator" -f -a "control" -d 'Tell running printers what happens to them, and ask what they printed'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from provision" -f -a "check" -d 'List everything that is wrong with a provisioning file, and say what it would do here. Changes nothing'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from provision" -f -a "show" -d 'Show what is in effect, and why a file is refused'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from provision" -f -a "apply" -d 'Look at the file again and do what it says, without a restart'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'List everything that is wrong with a configuration'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print the values in effect'
complete -c platen -n "__fish_platen_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "reference" -d 'Print the reference of every key'
