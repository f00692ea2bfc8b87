//! Who may use a file, a folder or a pipe: security descriptors, and whose process this is.
//!
//! What is ours alone is open to three accounts: our own, the system's
//! (`SYSTEM`) and the machine's administrators, who could take it anyway.

use std::ffi::c_void;
use std::fmt;
use std::fs::File;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle as _, OwnedHandle};
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_SUCCESS, GENERIC_ALL, GENERIC_READ, GENERIC_WRITE, HANDLE, INVALID_HANDLE_VALUE,
    LocalFree,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo,
    SDDL_REVISION_1, SE_FILE_OBJECT, SE_KERNEL_OBJECT, SE_OBJECT_TYPE, SetNamedSecurityInfoW,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACE_HEADER, ACL, CheckTokenMembership, CreateWellKnownSid,
    DACL_SECURITY_INFORMATION, DuplicateTokenEx, GetAce, GetSecurityDescriptorDacl,
    GetTokenInformation, INHERIT_ONLY_ACE, OWNER_SECURITY_INFORMATION,
    PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, SECURITY_ATTRIBUTES,
    SECURITY_MAX_SID_SIZE, SecurityIdentification, TOKEN_DUPLICATE, TOKEN_QUERY, TOKEN_USER,
    TokenImpersonation, TokenUser, WinBuiltinAdministratorsSid,
};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, CREATE_NEW, CreateDirectoryW, CreateFileW, DELETE,
    FILE_APPEND_DATA, FILE_ATTRIBUTE_NORMAL, FILE_DELETE_CHILD, FILE_FLAG_BACKUP_SEMANTICS,
    FILE_READ_DATA, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_WRITE_DATA,
    GetFileInformationByHandle, OPEN_EXISTING, READ_CONTROL, WRITE_DAC, WRITE_OWNER,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenProcess, OpenProcessToken, PROCESS_QUERY_LIMITED_INFORMATION,
};

/// The account of services without any limit.
const SYSTEM: &str = "S-1-5-18";
/// The group of those who administer the machine.
const ADMINISTRATORS: &str = "S-1-5-32-544";
/// Stands for whoever owns the object.
const OWNER_RIGHTS: &str = "S-1-3-4";
/// Groups that anybody may be in without having been put there: everyone, who
/// is anonymous, at the console, or has an account at all.
const CROWDS: [&str; 6] = [
    "S-1-1-0",
    "S-1-5-4",
    "S-1-5-7",
    "S-1-5-11",
    "S-1-5-32-545",
    "S-1-5-32-546",
];

/// An ACE that allows, and one that denies (`winnt.h`).
const ALLOWED: u8 = 0;
const DENIED: u8 = 1;

const READING: u32 = FILE_READ_DATA | GENERIC_READ | GENERIC_ALL;
const REPLACING: u32 = FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_ALL;
const WRITING: u32 = FILE_WRITE_DATA
    | FILE_APPEND_DATA
    | FILE_DELETE_CHILD
    | DELETE
    | WRITE_DAC
    | WRITE_OWNER
    | GENERIC_WRITE
    | GENERIC_ALL;

/// An account or a group, as Windows numbers them (`S-1-5-…`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sid(String);

impl Sid {
    /// The one with this text, which is not checked.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it may have what `own` has: the same account, the system, or
    /// the administrators.
    #[must_use]
    pub fn is_trusted_by(&self, own: &Self) -> bool {
        self == own || [SYSTEM, ADMINISTRATORS].contains(&self.as_str())
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The account this process runs under.
///
/// # Errors
/// What the system says.
pub fn own_account() -> io::Result<Sid> {
    // SAFETY: takes nothing; the handle it gives is no real one and not closed.
    account_of_token(&token(unsafe { GetCurrentProcess() }, TOKEN_QUERY)?)
}

/// The account a process runs under.
///
/// # Errors
/// What the system says: other users' processes are not everybody's to ask.
pub fn account_of_process(process: u32) -> io::Result<Sid> {
    let process = open_process(process)?;
    account_of_token(&token(process.as_raw_handle(), TOKEN_QUERY)?)
}

/// Whether a process acts with an administrator's rights.
///
/// # Errors
/// What the system says.
pub fn is_administrators_process(process: u32) -> io::Result<bool> {
    let process = open_process(process)?;
    let token = token(process.as_raw_handle(), TOKEN_QUERY | TOKEN_DUPLICATE)?;
    let mut copy = ptr::null_mut();
    // SAFETY: `token` is open; one handle is written, to a place that is ours.
    let made = unsafe {
        DuplicateTokenEx(
            token.as_raw_handle(),
            TOKEN_QUERY,
            ptr::null(),
            SecurityIdentification,
            TokenImpersonation,
            &raw mut copy,
        )
    };
    // SAFETY: it was just made and is nobody else's.
    let copy = check(made).map(|()| unsafe { OwnedHandle::from_raw_handle(copy) })?;
    let mut administrators = [0_u64; (SECURITY_MAX_SID_SIZE as usize).div_ceil(8)];
    let mut octets = SECURITY_MAX_SID_SIZE;
    // SAFETY: the place has `octets` octets and the alignment of a SID.
    check(unsafe {
        CreateWellKnownSid(
            WinBuiltinAdministratorsSid,
            ptr::null_mut(),
            administrators.as_mut_ptr().cast(),
            &raw mut octets,
        )
    })?;
    let mut is_member = 0;
    // SAFETY: an open token, a whole SID, and a place for one number.
    check(unsafe {
        CheckTokenMembership(
            copy.as_raw_handle(),
            administrators.as_mut_ptr().cast(),
            &raw mut is_member,
        )
    })?;
    Ok(is_member != 0)
}

pub(crate) fn open_process(process: u32) -> io::Result<OwnedHandle> {
    // SAFETY: takes numbers only.
    let handle = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, process) };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened and is nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

fn token(process: HANDLE, access: u32) -> io::Result<OwnedHandle> {
    let mut token = ptr::null_mut();
    // SAFETY: the caller's handle is open; one handle is written to a place
    // that is ours.
    check(unsafe { OpenProcessToken(process, access, &raw mut token) })?;
    // SAFETY: it was just opened and is nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}

fn account_of_token(token: &OwnedHandle) -> io::Result<Sid> {
    // A SID has at most 68 octets; the rest is the structure before it.
    let mut user = [0_u64; 16];
    let octets = u32::try_from(size_of_val(&user)).expect("a small number");
    let mut written = 0;
    // SAFETY: an open token, and a place of `octets` octets with the alignment
    // of TOKEN_USER.
    check(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            user.as_mut_ptr().cast(),
            octets,
            &raw mut written,
        )
    })?;
    // SAFETY: GetTokenInformation wrote a TOKEN_USER, whose SID lies in `user`.
    unsafe { text_of((*user.as_ptr().cast::<TOKEN_USER>()).User.Sid) }
}

/// # Safety
/// `sid` points to a SID.
unsafe fn text_of(sid: PSID) -> io::Result<Sid> {
    let mut text = ptr::null_mut();
    // SAFETY: the caller's word; one pointer is written to a place that is ours.
    check(unsafe { ConvertSidToStringSidW(sid, &raw mut text) })?;
    let mut length = 0;
    // SAFETY: the text ends with a zero.
    while unsafe { *text.add(length) } != 0 {
        length += 1;
    }
    // SAFETY: so many were just looked at.
    let found = String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text, length) });
    // SAFETY: ConvertSidToStringSidW made it with LocalAlloc.
    unsafe { LocalFree(text.cast()) };
    Ok(Sid(found))
}

/// A security descriptor of our own.
#[derive(Debug)]
pub struct Descriptor(PSECURITY_DESCRIPTOR);

// SAFETY: memory of the process's heap, which is not written after it was made
// and is tied to no thread.
unsafe impl Send for Descriptor {}
// SAFETY: the same.
unsafe impl Sync for Descriptor {}

impl Descriptor {
    /// For what is open to `own`, the system and the administrators, and
    /// belongs to `own`.
    ///
    /// # Errors
    /// What the system says.
    pub fn private(own: &Sid) -> io::Result<Self> {
        Self::of_text(&format!(
            "O:{own}D:P(A;OICI;GA;;;{own})(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)"
        ))
    }

    /// The one with this text (SDDL).
    ///
    /// # Errors
    /// What the system says.
    pub fn of_text(text: &str) -> io::Result<Self> {
        let text = wide(text);
        let mut descriptor = ptr::null_mut();
        // SAFETY: a text that ends with a zero; one pointer is written to a
        // place that is ours.
        check(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                ptr::null_mut(),
            )
        })?;
        Ok(Self(descriptor))
    }

    /// For calls that make something; nothing is inherited by programs that
    /// are started. Borrows `self` in fact: keep it until the call is over.
    #[must_use]
    pub fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).expect("a small number"),
            lpSecurityDescriptor: self.0,
            bInheritHandle: 0,
        }
    }

    fn dacl(&self) -> io::Result<*mut ACL> {
        let (mut present, mut defaulted, mut dacl) = (0, 0, ptr::null_mut());
        // SAFETY: a whole descriptor, and three places that are ours.
        check(unsafe {
            GetSecurityDescriptorDacl(self.0, &raw mut present, &raw mut dacl, &raw mut defaulted)
        })?;
        Ok(dacl)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: the conversion made it with LocalAlloc.
        unsafe { LocalFree(self.0) };
    }
}

/// Makes a folder that only `own`, the system and administrators can enter.
///
/// # Errors
/// What the system says; also where there is one already.
pub fn create_private_folder(path: &Path, own: &Sid) -> io::Result<()> {
    let descriptor = Descriptor::private(own)?;
    let (name, attributes) = (wide_path(path), descriptor.attributes());
    // SAFETY: a name that ends with a zero, and attributes whose descriptor
    // lives until the end of this function.
    check(unsafe { CreateDirectoryW(name.as_ptr(), &raw const attributes) })
}

/// Makes a file that only `own`, the system and administrators can open, to
/// write to it.
///
/// # Errors
/// What the system says; also where there is one already.
pub fn create_private_file(path: &Path, own: &Sid) -> io::Result<File> {
    let descriptor = Descriptor::private(own)?;
    let (name, attributes) = (wide_path(path), descriptor.attributes());
    // SAFETY: a name that ends with a zero, and attributes whose descriptor
    // lives until the end of this function.
    let handle = unsafe {
        CreateFileW(
            name.as_ptr(),
            GENERIC_WRITE,
            FILE_SHARE_READ,
            &raw const attributes,
            CREATE_NEW,
            FILE_ATTRIBUTE_NORMAL,
            ptr::null_mut(),
        )
    };
    file_of(handle)
}

/// Closes what is there to all but `own`, the system and administrators; what
/// is in a folder takes it over from there.
///
/// # Errors
/// What the system says.
pub fn make_private(path: &Path, own: &Sid) -> io::Result<()> {
    set_list(path, &Descriptor::private(own)?)
}

/// Lets everybody read what is there, and the system and administrators
/// alone change it.
///
/// # Errors
/// What the system says.
pub fn make_readable(path: &Path) -> io::Result<()> {
    let list = "D:P(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)(A;OICI;GRGX;;;BU)";
    set_list(path, &Descriptor::of_text(list)?)
}

fn set_list(path: &Path, descriptor: &Descriptor) -> io::Result<()> {
    let name = wide_path(path);
    // SAFETY: a name that ends with a zero, and a list of the descriptor, which
    // lives until the end of this function.
    let result = unsafe {
        SetNamedSecurityInfoW(
            name.as_ptr(),
            SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
            ptr::null_mut(),
            ptr::null_mut(),
            descriptor.dacl()?,
            ptr::null(),
        )
    };
    succeeded(result)
}

/// Who else than its owner, the system and administrators may use something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Whose it is.
    pub owner: Sid,
    /// What others may do with it, in the order of its list.
    pub others: Vec<Allowed>,
}

/// What somebody may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Who; nobody in particular where there is no list, or one that is not
    /// understood.
    pub who: Sid,
    /// Rights, as Windows numbers them.
    pub rights: u32,
}

impl Allowed {
    /// To look at what is in it.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.rights & READING != 0
    }

    /// To change it, or who may.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.rights & WRITING != 0
    }

    /// To put something else in its place, or decide who may.
    #[must_use]
    pub fn replaces(&self) -> bool {
        self.rights & REPLACING != 0
    }

    /// Whether it is a group that anybody may be in.
    #[must_use]
    pub fn is_a_crowd(&self) -> bool {
        CROWDS.contains(&self.who.as_str())
    }
}

/// Who may use an open file.
///
/// # Errors
/// What the system says.
pub fn exposure_of_file(file: &File, own: &Sid) -> io::Result<Exposure> {
    exposure(file, SE_FILE_OBJECT, own)
}

/// Who may use a file or folder. Follows links, as whoever opens it does.
///
/// # Errors
/// What the system says.
pub fn exposure_of(path: &Path, own: &Sid) -> io::Result<Exposure> {
    let name = wide_path(path);
    // SAFETY: a name that ends with a zero.
    let handle = unsafe {
        CreateFileW(
            name.as_ptr(),
            READ_CONTROL,
            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            ptr::null(),
            OPEN_EXISTING,
            // Without it folders cannot be opened.
            FILE_FLAG_BACKUP_SEMANTICS,
            ptr::null_mut(),
        )
    };
    exposure(&file_of(handle)?, SE_FILE_OBJECT, own)
}

/// Whose a pipe is, or another object of the kernel.
///
/// # Errors
/// What the system says.
pub fn owner_of_object(object: &impl AsRawHandle) -> io::Result<Sid> {
    let (owner, _, descriptor) = look(object, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION)?;
    // SAFETY: GetSecurityInfo gave a SID within `descriptor`.
    let owner = unsafe { text_of(owner) };
    drop(descriptor);
    owner
}

/// Under how many names a file is known.
///
/// # Errors
/// What the system says.
pub fn links(file: &File) -> io::Result<u32> {
    let mut found = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: an open file, and a structure for the answer.
    check(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut found) })?;
    Ok(found.nNumberOfLinks)
}

fn exposure(object: &impl AsRawHandle, kind: SE_OBJECT_TYPE, own: &Sid) -> io::Result<Exposure> {
    let wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    let (owner, dacl, descriptor) = look(object, kind, wanted)?;
    // SAFETY: GetSecurityInfo gave a SID within `descriptor`, which lives on.
    let owner = unsafe { text_of(owner) }?;
    let everybody = || Allowed {
        who: Sid::new(CROWDS[0]),
        rights: GENERIC_ALL,
    };
    let mut others = Vec::new();
    if dacl.is_null() {
        others.push(everybody());
    } else {
        // SAFETY: a list within `descriptor`.
        let count = unsafe { (*dacl).AceCount };
        for index in 0..u32::from(count) {
            let mut ace: *mut c_void = ptr::null_mut();
            // SAFETY: the list has that entry; one pointer is written.
            check(unsafe { GetAce(dacl, index, &raw mut ace) })?;
            // SAFETY: every entry begins with its header.
            let header = unsafe { *ace.cast::<ACE_HEADER>() };
            if u32::from(header.AceFlags) & INHERIT_ONLY_ACE != 0 || header.AceType == DENIED {
                continue;
            }
            if header.AceType != ALLOWED {
                others.push(everybody());
                continue;
            }
            let ace = ace.cast::<ACCESS_ALLOWED_ACE>();
            // SAFETY: the type says what it is; its SID begins at SidStart.
            let (rights, who) =
                unsafe { ((*ace).Mask, text_of((&raw mut (*ace).SidStart).cast())?) };
            if who != owner && who.as_str() != OWNER_RIGHTS && !who.is_trusted_by(own) {
                others.push(Allowed { who, rights });
            }
        }
    }
    drop(descriptor);
    Ok(Exposure { owner, others })
}

/// Owner and list of an object; both lie within the descriptor.
fn look(
    object: &impl AsRawHandle,
    kind: SE_OBJECT_TYPE,
    wanted: u32,
) -> io::Result<(PSID, *mut ACL, Descriptor)> {
    let (mut owner, mut dacl, mut descriptor) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: an open handle, and three places that are ours.
    let result = unsafe {
        GetSecurityInfo(
            object.as_raw_handle(),
            kind,
            wanted,
            &raw mut owner,
            ptr::null_mut(),
            &raw mut dacl,
            ptr::null_mut(),
            &raw mut descriptor,
        )
    };
    succeeded(result)?;
    Ok((owner, dacl, Descriptor(descriptor)))
}

fn file_of(handle: HANDLE) -> io::Result<File> {
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened and is nobody else's.
    Ok(unsafe { File::from_raw_handle(handle) })
}

pub(crate) fn check(result: i32) -> io::Result<()> {
    if result == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

pub(crate) fn succeeded(result: u32) -> io::Result<()> {
    if result == ERROR_SUCCESS {
        return Ok(());
    }
    Err(io::Error::from_raw_os_error(result.cast_signed()))
}

/// UTF-16 with a closing zero.
pub(crate) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

pub(crate) fn wide_path(path: &Path) -> Vec<u16> {
    use std::os::windows::ffi::OsStrExt as _;
    path.as_os_str().encode_wide().chain([0]).collect()
}

#[cfg(test)]
mod tests;
