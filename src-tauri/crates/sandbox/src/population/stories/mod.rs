//! Lives written by hand. Each file tells one and says in its first lines what is planted in it; the same
//! list, as data, is beside it so that tests can look things up.

mod allergies;
mod ashdown;
mod avocet;
mod dunlin;
mod fieldfare;
mod godwit;
mod pipit;
mod redshank;
mod saltmarsh;
mod sandling;
mod thrift;
mod turnstone;
mod whimbrel;
mod wigeon;

use super::Record;
use super::calendar::Calendar;
use super::chart::{Cared, Chart, Person};
use super::nhs_number::test_number;

/// What sort of trouble is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Two or more sources say different things of the same matter.
    Disagreement,
    /// The same fact arrives from more than one feed.
    Duplicate,
    /// Recorded, or received, long after it happened.
    Late,
    /// Only the month or the year is known.
    PartialDate,
    /// Labelled as restricted, or said to be withheld.
    Withheld,
    /// Referred to, but not there.
    Missing,
    /// Marked as entered in error.
    EnteredInError,
    /// Carries a modifier extension nobody can be expected to know.
    ModifierExtension,
    /// An element that cannot be read: bad date, wrong type.
    Broken,
    /// Over, and not to be shown as current.
    Ended,
    /// Explicitly not done, or explicitly none.
    Negated,
    /// In words only, without a code.
    Uncoded,
    /// A list that is empty or incomplete, and says why.
    Empty,
    /// Of a resource type for which the content standard has no section.
    Unlisted,
    /// Says nothing of the feed, organisation or setting it comes from.
    Unplaced,
}

/// Something planted, and the resources that hold it as `Type/id`.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    /// What sort.
    pub kind: Kind,
    /// Where. For [`Kind::Missing`] this is the reference that leads nowhere.
    pub resources: &'static [&'static str],
    /// In words.
    pub what: &'static str,
}

/// Fills a chart.
type Write = fn(&mut Chart);

/// One written life.
pub struct Story {
    /// Logical id of the Patient.
    pub id: &'static str,
    /// The story in a line.
    pub title: &'static str,
    /// What is planted.
    pub planted: &'static [Planted],
    who: Who,
    cared: Cared,
    /// On the ward doctor's list.
    ward: bool,
    write: Write,
    /// A second record of the same person, held under another id.
    second: Option<(&'static str, Write)>,
}

/// Name, gender and age.
struct Who {
    title: &'static str,
    given: &'static str,
    family: &'static str,
    gender: &'static str,
    /// Whole years, and days since the last birthday.
    age: (i32, i64),
}

/// Every story, in the order in which they head each caseload.
pub const STORIES: &[Story] = &[
    ashdown::STORY,
    saltmarsh::STORY,
    fieldfare::STORY,
    thrift::STORY,
    sandling::STORY,
    redshank::STORY,
    whimbrel::STORY,
    godwit::STORY,
    turnstone::STORY,
    wigeon::STORY,
    pipit::STORY,
    avocet::STORY,
    dunlin::STORY,
    allergies::NONE_KNOWN,
    allergies::NOT_RECORDED,
    allergies::WITHHELD,
];

/// Everything planted in every story, with the story's id.
pub fn planted() -> impl Iterator<Item = (&'static str, &'static Planted)> {
    STORIES
        .iter()
        .flat_map(|story| story.planted.iter().map(move |it| (story.id, it)))
}

/// The usual organisations of somebody who lives at home in Southmarsh.
const AT_HOME: Cared = Cared {
    practice: "curlewmarsh-surgery",
    pharmacy: "marsh-lane-pharmacy",
    council: "southmarsh-council",
    care_home: None,
};

impl Story {
    /// Writes the story's one or two records.
    pub(super) fn tell(&self, index: usize, seed: u64, calendar: Calendar) -> Vec<Record> {
        let mut records = vec![self.record(self.id, self.write, (index, seed, calendar))];
        if let Some((id, write)) = self.second {
            records.push(self.record(id, write, (index, seed, calendar)));
        }
        records
    }

    fn record(&self, id: &str, write: Write, (index, seed, calendar): (usize, u64, Calendar)) -> Record {
        let (years, days) = self.who.age;
        let person = Person {
            id: id.to_owned(),
            title: self.who.title,
            given: self.who.given,
            family: self.who.family,
            gender: self.who.gender,
            born: calendar.born(years, days),
            nhs_number: test_number(index),
        };
        let mut chart = Chart::open(&person, self.cared, seed, calendar);
        write(&mut chart);
        Record {
            id: person.id,
            resources: chart.close(),
            ward: self.ward,
            care_home: self.cared.care_home == Some("samphire-house"),
        }
    }
}
