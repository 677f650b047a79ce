//! Launched in context: another program asks for a patient by a link, and the person confirms who it is.
//!
//! One request waits at a time, the newest. It is never acted on behind a lock, nor by itself: the window takes it once
//! somebody's store is open and nothing half-written would be lost, and shows the banner with a request to check it.

use crate::link::{self, LaunchRequest, LinkRefused};
use crate::watch::Beat;
use crate::wire::{FindQuery, LaunchView, Launched, Status};
use crate::{App, Error};
use curlew_redact::SecretString;
use curlew_sign_in::Session;
use std::time::Duration;

/// A request older than this is forgotten: whoever unlocks after lunch must not meet the patient of the morning.
const WAITS: Duration = Duration::from_secs(15 * 60);

/// A request of another program that nobody has taken yet.
#[derive(Debug)]
pub(crate) struct Waiting {
    wanted: Wanted,
    since: Beat,
    number: u32,
}

#[derive(Debug)]
enum Wanted {
    /// A patient by NHS number. Once they were not found here, only the shared record can find them.
    Patient {
        request: LaunchRequest,
        needs_record: bool,
    },
    /// A SMART launch whose sign-in is still to come.
    Ehr(SecretString),
    /// What that sign-in named, for the person who signed in.
    Context {
        patient: String,
        issuer: String,
        subject: String,
    },
    /// Nothing to open: why not.
    Refused(LinkRefused),
}

impl App {
    /// Another program opened this link.
    pub fn open_link(&self, link: &str) {
        let request = link::read(link, self.inner.settings.record_api.as_ref());
        self.launch(request);
    }

    /// Another program, or a person at a command line, asks for the patient with this NHS number.
    pub fn open_number(&self, number: &str) {
        self.launch(link::patient(number));
    }

    /// Keeps the request, in place of any before it, and tells the window. What was refused is told too; what it held is
    /// neither kept nor logged.
    pub fn launch(&self, request: Result<LaunchRequest, LinkRefused>) {
        let wanted = match request {
            Ok(LaunchRequest::Ehr(handle)) => Wanted::Ehr(handle),
            Ok(request) => Wanted::Patient {
                request,
                needs_record: false,
            },
            Err(why) => {
                tracing::info!(%why, "a request of another program was refused");
                Wanted::Refused(why)
            }
        };
        self.set_waiting(wanted);
        self.push_status();
    }

    fn set_waiting(&self, wanted: Wanted) {
        let since = self.beat_now();
        let mut state = self.state();
        state.launches = state.launches.wrapping_add(1);
        state.launch = Some(Waiting {
            wanted,
            since,
            number: state.launches,
        });
    }

    /// Forgets the request that waits.
    pub fn dismiss_launch(&self) -> Status {
        self.state().launch = None;
        self.push_status()
    }

    /// What the window is told of the request that waits.
    pub(crate) fn launch_view(&self, state: &crate::app::State) -> Option<LaunchView> {
        let waiting = state
            .launch
            .as_ref()
            .filter(|waiting| self.still_waits(waiting))?;
        let say = |message: &str, next_step: &str| (message.to_owned(), next_step.to_owned());
        let is_open = state.open.is_some();
        let (ready, refused, (message, next_step)) = match &waiting.wanted {
            Wanted::Refused(why) => (
                false,
                true,
                (
                    format!("Another program asked Curlew to open something, and it was refused: {why}."),
                    "Find the person here instead. If the link is part of your work, tell your IT team what it says here.".to_owned(),
                ),
            ),
            _ if !is_open => (
                false,
                false,
                say("A patient is waiting to be opened.", "They open once you are in. Check that it is the person you mean."),
            ),
            Wanted::Patient { needs_record: true, .. } if state.session.is_none() => (
                false,
                false,
                say(
                    "The patient another program asked for is not on this device.",
                    "Sign in, and they are looked for in the shared record.",
                ),
            ),
            _ => (
                true,
                false,
                say("A patient is waiting to be opened.", "Finish or close what you are writing first."),
            ),
        };
        Some(LaunchView {
            number: waiting.number,
            ready,
            refused,
            message,
            next_step,
        })
    }

    fn still_waits(&self, waiting: &Waiting) -> bool {
        let (steady, wall) = self.beat_now().since(waiting.since);
        steady.max(wall) < WAITS
    }

    /// Takes the request that waits and says whom to open. Opening is the window's next step, and is logged as any other.
    ///
    /// # Errors
    /// When locked (it goes on waiting), nothing waits, nobody or more than one person is meant, or the sign-in of a SMART
    /// launch does not end well.
    pub async fn take_launch(&self) -> Result<Launched, Error> {
        self.vault()?;
        let taken = self
            .state()
            .launch
            .take()
            .filter(|waiting| self.still_waits(waiting));
        let taken = taken.ok_or(Error::BadRequest("No patient is waiting to be opened"))?;
        let found = match taken.wanted {
            Wanted::Refused(why) => Err(Error::LinkRefused(why)),
            Wanted::Patient { request, .. } => self.find_launched(request).await,
            Wanted::Ehr(handle) => {
                self.sign_in_for(Some(handle)).await?;
                let context = self.state().launch.take();
                match context.map(|waiting| waiting.wanted) {
                    Some(wanted) => self.in_context(wanted),
                    None => Err(Error::LinkRefused(LinkRefused::NoPatient)),
                }
            }
            wanted @ Wanted::Context { .. } => self.in_context(wanted),
        };
        self.push_status();
        found.map(|patient| Launched { patient })
    }

    /// The patient of a SMART launch, for the person who signed in for it and nobody else.
    fn in_context(&self, wanted: Wanted) -> Result<String, Error> {
        match wanted {
            Wanted::Context {
                patient,
                issuer,
                subject,
            } => {
                let same = self.with_open(|open| open.user.issuer == issuer && open.user.subject == subject);
                if same == Some(true) {
                    Ok(patient)
                } else {
                    Err(Error::LinkRefused(LinkRefused::OtherPerson))
                }
            }
            Wanted::Refused(why) => Err(Error::LinkRefused(why)),
            Wanted::Patient { .. } | Wanted::Ehr(_) => Err(Error::LinkRefused(LinkRefused::NoPatient)),
        }
    }

    async fn find_launched(&self, request: LaunchRequest) -> Result<String, Error> {
        let LaunchRequest::Patient(number) = &request else {
            return Err(Error::LinkRefused(LinkRefused::Purpose));
        };
        let query = FindQuery {
            text: number.digits().to_owned(),
            born: None,
        };
        let found = self.find_patients(query).await?;
        match found.rows.as_slice() {
            [only] => Ok(only.patient.clone()),
            [] if self.state().session.is_none() => {
                // Asked again by itself once somebody has signed in, or the session of last time is back.
                self.set_waiting(Wanted::Patient {
                    request,
                    needs_record: true,
                });
                Err(Error::NotFoundHere)
            }
            [] => Err(Error::NobodyFound),
            _ => Err(Error::SeveralFound),
        }
    }

    /// The handle of a SMART launch that waits, for the sign-in that is about to begin.
    pub(crate) fn waiting_handle(&self) -> Option<SecretString> {
        match &self
            .state()
            .launch
            .as_ref()
            .filter(|waiting| self.still_waits(waiting))?
            .wanted
        {
            Wanted::Ehr(handle) => Some(handle.clone()),
            _ => None,
        }
    }

    /// A sign-in for a SMART launch has ended well: its patient waits now, for this person.
    pub(crate) fn launched_by(&self, session: &Session) {
        let user = session.user();
        self.set_waiting(match session.patient_context() {
            Some(patient) => Wanted::Context {
                patient: patient.to_owned(),
                issuer: user.issuer.clone(),
                subject: user.subject.clone(),
            },
            None => Wanted::Refused(LinkRefused::NoPatient),
        });
    }
}
