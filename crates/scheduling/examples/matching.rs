//! Bulk matching of a made-up waiting list, for `cargo xtask bench matching`: the question goes into files that another
//! solver can read, what was found goes to standard output as JSON.
//!
//! `matching PATIENTS SLOTS OPTIONS CLASSES SEED FOLDER`

use std::io::Write;
use std::path::Path;

use scheduling::matching::{Choice, Waiting, assign};
use serde_json::json;

/// Costs are minutes beyond the person's target; a slot of another site or an unwanted part of the day costs a week.
const UNWANTED: i64 = 7 * 24 * 60;
/// All slots lie within four weeks.
const SPAN: i64 = 28 * 24 * 60;

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }

    fn small(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).expect("an index fits")
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [patients, slots, options, classes, seed, folder] = args.as_slice() else {
        return Err("matching PATIENTS SLOTS OPTIONS CLASSES SEED FOLDER".into());
    };
    let (slots, options, classes) = (slots.parse()?, options.parse()?, classes.parse()?);
    let waiting = waiting_list(patients.parse()?, slots, options, classes, seed.parse()?);
    write(Path::new(folder), &waiting, slots)?;
    let capacities = vec![1; slots];
    let begun = processor_seconds();
    let plan = assign(&waiting, &capacities)?;
    let seconds = processor_seconds() - begun;
    let greedy = greedily(&waiting, slots);
    let classes: Vec<_> = plan
        .classes
        .iter()
        .map(|class| {
            let of = |held: &[Option<Choice>]| {
                let of_class = waiting.iter().zip(held).filter(|(patient, _)| patient.class == class.class);
                let held: Vec<i64> = of_class.filter_map(|(_, held)| held.map(|held| held.cost)).collect();
                (held.len(), held.iter().sum::<i64>())
            };
            let (placed, cost) = of(&greedy);
            json!({
                "class": class.class, "patients": class.patients, "placed": class.placed, "cost": class.cost,
                "envious": class.envious, "greedy_placed": placed, "greedy_cost": cost,
                "greedy_envious": envious(&waiting, &greedy, slots, class.class),
            })
        })
        .collect();
    println!("{}", json!({ "seconds": seconds, "classes": classes }));
    Ok(())
}

/// Processor time of this process, from `/proc/self/stat` (proc(5): fields 14 and 15, in hundredths of a second).
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// People with a target in the coming weeks who can take slots around it, nearer ones more often.
fn waiting_list(patients: usize, slots: usize, options: usize, classes: u64, seed: u64) -> Vec<Waiting> {
    let mut lots = Lots(seed);
    (0..patients)
        .map(|_| {
            let target = lots.small(slots);
            let mut chosen: Vec<usize> = Vec::with_capacity(options);
            while chosen.len() < options {
                // Two draws of which the nearer counts, over a fifth of all slots.
                let reach = slots / 5;
                let away = lots.small(reach).min(lots.small(reach));
                let slot = (target + away) % slots;
                if !chosen.contains(&slot) {
                    chosen.push(slot);
                }
            }
            let choices = chosen.into_iter().map(|slot| {
                let late = i64::try_from((slot + slots - target) % slots).expect("small");
                let minutes = late * SPAN / i64::try_from(slots).expect("small");
                Choice { slot, cost: minutes + UNWANTED * i64::from(lots.below(4) == 0) }
            });
            let options = choices.collect();
            Waiting { class: u32::try_from(lots.below(classes)).expect("few classes"), options }
        })
        .collect()
}

/// The usual way: by urgency and place in the list, each takes the best of what is left.
fn greedily(waiting: &[Waiting], slots: usize) -> Vec<Option<Choice>> {
    let mut order: Vec<usize> = (0..waiting.len()).collect();
    order.sort_by_key(|at| waiting[*at].class);
    let (mut free, mut held) = (vec![true; slots], vec![None; waiting.len()]);
    for at in order {
        let best =
            waiting[at].options.iter().filter(|choice| free[choice.slot]).min_by_key(|choice| choice.cost);
        if let Some(best) = best {
            free[best.slot] = false;
            held[at] = Some(*best);
        }
    }
    held
}

/// How many of a class would rather have a slot that somebody of the same class holds.
fn envious(waiting: &[Waiting], held: &[Option<Choice>], slots: usize, class: u32) -> usize {
    let mut by = vec![None; slots];
    for (patient, held) in waiting.iter().zip(held) {
        if let Some(held) = held {
            by[held.slot] = Some(patient.class);
        }
    }
    let envies = |(patient, held): &(&Waiting, &Option<Choice>)| {
        patient.class == class
            && patient.options.iter().any(|choice| {
                by[choice.slot] == Some(class) && held.is_none_or(|held| choice.cost < held.cost)
            })
    };
    waiting.iter().zip(held).filter(envies).count()
}

/// `arcs.i32`: patient, slot and cost of every option, four bytes each, least first.
fn write(folder: &Path, waiting: &[Waiting], slots: usize) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(folder.join("arcs.i32"))?);
    for (patient, waiting) in waiting.iter().enumerate() {
        for choice in &waiting.options {
            for number in [patient as i64, choice.slot as i64, choice.cost] {
                file.write_all(&i32::try_from(number).expect("small").to_le_bytes())?;
            }
        }
    }
    std::fs::write(folder.join("size"), format!("{} {slots}\n", waiting.len()))?;
    file.flush()
}
