; The set-up for Windows, for one user or for the machine. `cargo xtask package windows` makes it.
;
;   setup.exe [/S] [/AllUsers | /CurrentUser] [/PROVISION=FILE] [/D=FOLDER]
;   uninstall.exe [/S] [/KEEP]
;
; /S asks nothing. Without a scope, whoever is an administrator installs for the machine. /PROVISION
; copies a provisioning file to where the agent looks for it. Uninstalling removes what the agent
; kept as well (queue, certificate, settings); /KEEP leaves that. Exit codes: 0 done, 1 canceled,
; 2 not done.

Unicode true
Target amd64-unicode
; What tests install need not be small.
!ifdef QUICK
    SetCompressor zlib
!else
    SetCompressor /SOLID lzma
!endif
; The octets depend on the programs alone.
SetDateSave off
ManifestDPIAware true
ManifestSupportedOS all
RequestExecutionLevel highest
SetOverwrite on
AllowSkipFiles off
ShowInstDetails nevershow
ShowUninstDetails nevershow
BrandingText " "

!include FileFunc.nsh
!include LogicLib.nsh
!include Sections.nsh

Name "Platen"
OutFile "${OUT}"
VIProductVersion "${NUMBERS}.0"
VIAddVersionKey ProductName "Platen"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "Platen set-up"
VIAddVersionKey LegalCopyright "MIT OR Apache-2.0"

Page instfiles
UninstPage components
UninstPage instfiles

!define ENTRY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Platen"
!define AT_LOGON "Software\Microsoft\Windows\CurrentVersion\Run"

; "machine" or "user".
Var Scope
; The provisioning file to copy, or nothing.
Var Provision
; Where configuration lies, and where the state of a user lies; the machine's is in Settings.
Var Settings
Var State

; Says why not, to whoever listens, and ends with exit code 2.
!macro Refuse text
    MessageBox MB_OK|MB_ICONSTOP "${text}" /SD IDOK
    SetErrorLevel 2
    Quit
!macroend

; Sets Settings and State from Scope.
!macro Places
    SetRegView 64
    ${If} $Scope == "machine"
        SetShellVarContext all
        StrCpy $Settings "$APPDATA\Platen"
        StrCpy $State ""
    ${Else}
        SetShellVarContext current
        StrCpy $Settings "$APPDATA\Platen"
        StrCpy $State "$LOCALAPPDATA\Platen"
    ${EndIf}
!macroend

; Ends what runs from INSTDIR: Windows replaces and removes no program that runs.
!macro EndPrograms
    ${If} $Scope == "machine"
    ${AndIf} ${FileExists} "$INSTDIR\platen.exe"
        nsExec::Exec '"$INSTDIR\platen.exe" service stop'
        Pop $0
    ${EndIf}
    ${If} ${FileExists} "$INSTDIR\platen-background.exe"
        ExecWait '"$INSTDIR\platen-background.exe" --end' $0
    ${EndIf}
!macroend

Function .onInit
    ${GetParameters} $0
    UserInfo::GetAccountType
    Pop $1
    ${If} $1 == "Admin"
        StrCpy $Scope "machine"
    ${Else}
        StrCpy $Scope "user"
    ${EndIf}
    ClearErrors
    ${GetOptions} $0 "/CurrentUser" $2
    ${IfNot} ${Errors}
        StrCpy $Scope "user"
    ${EndIf}
    ClearErrors
    ${GetOptions} $0 "/AllUsers" $2
    ${IfNot} ${Errors}
        StrCpy $Scope "machine"
        ${If} $1 != "Admin"
            !insertmacro Refuse "Installing for all users takes an administrator. Start this set-up as one, or say /CurrentUser."
        ${EndIf}
    ${EndIf}
    ClearErrors
    ${GetOptions} $0 "/PROVISION=" $Provision
    ${IfNot} ${Errors}
        GetFullPathName $Provision $Provision
        ${IfNot} ${FileExists} "$Provision"
            !insertmacro Refuse "The file that /PROVISION names is not there."
        ${EndIf}
    ${EndIf}
    !insertmacro Places
    ; /D= has set it already.
    ${If} $INSTDIR == ""
        ReadRegStr $INSTDIR SHCTX "${ENTRY}" "InstallLocation"
    ${EndIf}
    ${If} $INSTDIR == ""
        ${If} $Scope == "machine"
            StrCpy $INSTDIR "$PROGRAMFILES64\Platen"
        ${Else}
            StrCpy $INSTDIR "$LOCALAPPDATA\Programs\Platen"
        ${EndIf}
    ${EndIf}
FunctionEnd

Section "Platen"
    !insertmacro EndPrograms
    SetOutPath "$INSTDIR"
    ClearErrors
    File "${IMAGE}/platen.exe"
    File "${IMAGE}/platen-background.exe"
    File "${IMAGE}/platen-sign.exe"
    File "${IMAGE}/platen-spooler.exe"
    File "${IMAGE}/LICENSE-APACHE"
    File "${IMAGE}/LICENSE-MIT"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    ${If} ${Errors}
        !insertmacro Refuse "Not every file could be written. End what runs from $INSTDIR, then start this set-up again."
    ${EndIf}

    WriteRegStr SHCTX "${ENTRY}" "DisplayName" "Platen"
    WriteRegStr SHCTX "${ENTRY}" "DisplayVersion" "${VERSION}"
    WriteRegStr SHCTX "${ENTRY}" "DisplayIcon" "$INSTDIR\platen.exe"
    WriteRegStr SHCTX "${ENTRY}" "InstallLocation" "$INSTDIR"
    WriteRegStr SHCTX "${ENTRY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr SHCTX "${ENTRY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD SHCTX "${ENTRY}" "NoModify" 1
    WriteRegDWORD SHCTX "${ENTRY}" "NoRepair" 1
    WriteRegDWORD SHCTX "${ENTRY}" "EstimatedSize" ${KILOBYTES}

    ; The service keeps its folder from other users before anything of ours lies there.
    ${If} $Scope == "machine"
        nsExec::Exec '"$INSTDIR\platen.exe" service install'
        Pop $0
        ${If} $0 != 0
            !insertmacro Refuse "The service could not be made; `platen service install` says why."
        ${EndIf}
    ${EndIf}
    ${If} $Provision != ""
        CreateDirectory "$Settings"
        ClearErrors
        CopyFiles /SILENT "$Provision" "$Settings\provision.toml"
        ${If} ${Errors}
            !insertmacro Refuse "The provisioning file could not be copied."
        ${EndIf}
    ${EndIf}
    ${If} $Scope == "machine"
        nsExec::Exec '"$INSTDIR\platen.exe" service start'
        Pop $0
        ${If} $0 != 0
            !insertmacro Refuse "The service did not start; `platen service start` says why."
        ${EndIf}
        ; Pages without TLS print also where that cannot be done; `platen install --check` says why.
        nsExec::Exec '"$INSTDIR\platen.exe" install --system'
        Pop $0
    ${Else}
        WriteRegStr HKCU "${AT_LOGON}" "Platen" '"$INSTDIR\platen-background.exe"'
        Exec '"$INSTDIR\platen-background.exe"'
    ${EndIf}
SectionEnd

Section "un.Platen"
    SectionIn RO
    ; What `platen install` added to stores and policies.
    ${If} $Scope == "machine"
        nsExec::Exec '"$INSTDIR\platen.exe" uninstall --system'
    ${Else}
        nsExec::Exec '"$INSTDIR\platen.exe" uninstall --user'
    ${EndIf}
    Pop $0
    !insertmacro EndPrograms
    ${If} $Scope == "machine"
        nsExec::Exec '"$INSTDIR\platen.exe" service uninstall'
        Pop $0
    ${Else}
        DeleteRegValue HKCU "${AT_LOGON}" "Platen"
    ${EndIf}
    Delete "$INSTDIR\platen.exe"
    Delete "$INSTDIR\platen-background.exe"
    Delete "$INSTDIR\platen-sign.exe"
    Delete "$INSTDIR\platen-spooler.exe"
    Delete "$INSTDIR\LICENSE-APACHE"
    Delete "$INSTDIR\LICENSE-MIT"
    Delete "$INSTDIR\uninstall.exe"
    ; Only folders with nothing of others in them go.
    RMDir "$INSTDIR"
    ${If} $Scope == "user"
        RMDir "$LOCALAPPDATA\Programs"
    ${EndIf}
    DeleteRegKey SHCTX "${ENTRY}"
SectionEnd

Section "un.Queue, certificate and settings" KEPT
    RMDir /r "$Settings"
    ${If} $State != ""
        RMDir /r "$State"
    ${EndIf}
SectionEnd

Function un.onInit
    SetRegView 64
    StrCpy $Scope "user"
    ReadRegStr $0 HKLM "${ENTRY}" "InstallLocation"
    ${If} $0 == $INSTDIR
        StrCpy $Scope "machine"
    ${EndIf}
    !insertmacro Places
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/KEEP" $1
    ${IfNot} ${Errors}
        !insertmacro UnselectSection ${KEPT}
    ${EndIf}
FunctionEnd
