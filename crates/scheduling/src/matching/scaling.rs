//! One class at a time, each by cost scaling.
//!
//! Within a class this is Goldberg and Kennedy's cost-scaling assignment ("An efficient cost scaling algorithm for the
//! assignment problem", Mathematical Programming 71, 1995) with capacities and a sink: patients bid for slots, a full
//! slot turns out whoever loses least by it, and slots that nobody needs go back to the sink. All numbers are integers,
//! so the end is an exact optimum.
//!
//! Between aims, and between classes: by complementary slackness every optimum of what came before uses only options at
//! which a patient pays the least, and fills every slot that has a price. So for the next aim of a class its patients have
//! those options alone, and the next class sees earlier patients with them at no cost and may not enter a slot that had a
//! price. What is found is optimal among the optima of what came before.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Aims, Choice, Waiting};

/// By how much one phase is finer than the one before.
const FINER: i64 = 6;
const FAR: i64 = i64::MAX / 4;

/// What each patient holds in the optimum; `order` names the classes, most urgent first. The costs are checked: the
/// range of them, times patients, times patients and slots, stays below 2^58.
pub fn solve(patients: &[Waiting], capacities: &[u32], order: &[u32], aims: Aims) -> Vec<Option<Choice>> {
    let mut solver = Solver::new(patients.len(), capacities);
    for class in order {
        let members: Vec<usize> =
            (0..patients.len()).filter(|patient| patients[*patient].class == *class).collect();
        solver.enter(patients, &members);
        for aim in 0..aims.count() {
            solver.turn_to(aims, aim);
            solver.run();
            solver.settle();
        }
        solver.leave(&members);
    }
    let found = |(patient, row): (&Waiting, &Row)| match row.held {
        Held::Option(option) => {
            let slot = solver.options[option].slot;
            patient.options.iter().copied().find(|choice| choice.slot == slot)
        }
        Held::Nothing | Held::Without => None,
    };
    patients.iter().zip(&solver.rows).map(found).collect()
}

/// What a patient holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// Still to be decided.
    Nothing,
    /// Goes without.
    Without,
    /// Position in the list of options.
    Option(usize),
}

/// One patient; the options are a range of the list of all, empty until their class has its turn.
#[derive(Debug, Clone, Copy)]
struct Row {
    from: usize,
    to: usize,
    /// What it costs the class of this turn if they go without; none: they are placed and stay so.
    without: Option<i64>,
    held: Held,
    potential: i64,
}

struct Slot {
    capacity: usize,
    /// Full of more urgent patients in every optimum.
    is_closed: bool,
    occupants: Vec<u32>,
    /// Places that count as handed on to the sink, filled or not yet.
    passed: usize,
    potential: i64,
    /// What it would cost the class to fill one place more.
    price: i64,
}

struct Solver {
    rows: Vec<Row>,
    /// Costs are those of this turn's aim.
    options: Vec<Choice>,
    /// For each option its cost in the question, 0 for classes that had their turn.
    whole: Vec<i64>,
    slots: Vec<Slot>,
    /// What costs are multiplied with, so that whole steps suffice.
    scale: i64,
    /// More than all that the aim of this turn can save: the cost of leaving a member without when a class comes in.
    without: i64,
    sink: i64,
    /// Handed to the sink beyond what it takes.
    surplus: i64,
    /// Who may be handed back by the sink: (potential, slot or row), the highest first; entries may be out of date.
    returns: BinaryHeap<(i64, Reverse<usize>)>,
    waiting: Vec<u32>,
}

impl Solver {
    fn new(rows: usize, capacities: &[u32]) -> Self {
        let row = Row { from: 0, to: 0, without: None, held: Held::Nothing, potential: 0 };
        let slot = |capacity: &u32| Slot {
            capacity: (*capacity as usize).min(rows),
            is_closed: false,
            occupants: Vec::new(),
            passed: 0,
            potential: 0,
            price: 0,
        };
        Solver {
            rows: vec![row; rows],
            options: Vec::new(),
            whole: Vec::new(),
            slots: capacities.iter().map(slot).collect(),
            scale: i64::try_from(rows + capacities.len() + 3).unwrap_or(FAR),
            without: 0,
            sink: 0,
            surplus: 0,
            returns: BinaryHeap::new(),
            waiting: Vec::new(),
        }
    }

    /// Lets a class in: its options, without the slots that are closed to it.
    fn enter(&mut self, patients: &[Waiting], members: &[usize]) {
        for patient in members {
            let from = self.options.len();
            for choice in &patients[*patient].options {
                let slot = &self.slots[choice.slot];
                if !slot.is_closed && slot.capacity > 0 {
                    self.options.push(*choice);
                    self.whole.push(choice.cost);
                }
            }
            let to = self.options.len();
            self.rows[*patient] = Row { from, to, without: Some(0), held: Held::Nothing, potential: 0 };
        }
    }

    /// Costs are those of an aim from now on. With the first one it is decided how many go without.
    fn turn_to(&mut self, aims: Aims, aim: usize) {
        let (mut least, mut most) = (0, 0);
        for (option, whole) in self.options.iter_mut().zip(&self.whole) {
            option.cost = aims.part(*whole, aim);
            least = least.min(option.cost);
            most = most.max(option.cost);
        }
        let count = i64::try_from(self.rows.len()).unwrap_or(FAR);
        self.without = most + (most - least + 1) * (count + 1);
        if aim == 0 {
            self.rows.iter_mut().filter_map(|row| row.without.as_mut()).for_each(|cost| *cost = self.without);
        }
    }

    fn run(&mut self) {
        self.sink = 0;
        for slot in &mut self.slots {
            slot.potential = 0;
        }
        let mut step = self.without * self.scale;
        loop {
            step = (step / FINER).max(1);
            self.refine(step);
            if step == 1 {
                return;
            }
        }
    }

    /// Finds a flow that is optimal but for `step`, from the potentials of a coarser one.
    fn refine(&mut self, step: i64) {
        self.returns.clear();
        let mut due = 0;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            slot.occupants.clear();
            if slot.is_closed {
                due += slot.capacity;
                continue;
            }
            slot.passed = if slot.potential < self.sink { slot.capacity } else { 0 };
            if slot.passed > 0 {
                self.returns.push((slot.potential, Reverse(index)));
            }
        }
        let passed: usize = self.slots.iter().map(|slot| if slot.is_closed { 0 } else { slot.passed }).sum();
        self.waiting.clear();
        let mut taking = 0_i64;
        for (index, row) in self.rows.iter_mut().enumerate().rev() {
            row.held = Held::Nothing;
            if row.without.is_some() || row.to > row.from {
                taking += 1;
                self.waiting.push(u32::try_from(index).unwrap_or(u32::MAX));
            }
        }
        self.surplus = i64::try_from(passed).unwrap_or(FAR) - (taking - i64::try_from(due).unwrap_or(FAR));
        loop {
            while let Some(row) = self.waiting.pop() {
                self.bid(row as usize, step);
            }
            if self.surplus <= 0 || !self.hand_back(step) {
                return;
            }
        }
    }

    /// A patient takes what is best for them, and says how much worse the next best would be.
    fn bid(&mut self, index: usize, step: i64) {
        let row = self.rows[index];
        let (mut best, mut next, mut choice) = (-FAR, -FAR, Held::Without);
        if let Some(cost) = row.without {
            best = self.sink - cost * self.scale;
        }
        for option in row.from..row.to {
            let Choice { slot, cost } = self.options[option];
            let value = self.slots[slot].potential - cost * self.scale;
            if value > best {
                next = best;
                best = value;
                choice = Held::Option(option);
            } else if value > next {
                next = value;
            }
        }
        // Somebody with one option alone loses everything if turned out, and is not.
        let next = next.max(best - self.without * self.scale);
        self.rows[index].potential = next - step;
        self.rows[index].held = choice;
        match choice {
            Held::Option(option) => {
                let slot = self.options[option].slot;
                self.slots[slot].occupants.push(u32::try_from(index).unwrap_or(u32::MAX));
                self.relieve(slot, step);
            }
            Held::Without | Held::Nothing => {
                self.surplus += 1;
                let back = self.back(index);
                self.returns.push((back, Reverse(self.slots.len() + index)));
            }
        }
    }

    /// At which potential the sink hands back a row that goes without.
    fn back(&self, row: usize) -> i64 {
        self.rows[row].potential + self.rows[row].without.unwrap_or(0) * self.scale
    }

    /// A slot that holds more than it passed on passes one on, or turns one out.
    fn relieve(&mut self, index: usize, step: i64) {
        let slot = &mut self.slots[index];
        let passed = if slot.is_closed { slot.capacity } else { slot.passed };
        if slot.occupants.len() <= passed {
            return;
        }
        let to_sink = !slot.is_closed && slot.passed < slot.capacity;
        if to_sink && slot.potential < self.sink {
            slot.passed += 1;
            self.surplus += 1;
            self.returns.push((slot.potential, Reverse(index)));
            return;
        }
        let (mut best, mut next, mut out) = (-FAR, -FAR, None);
        if to_sink {
            best = self.sink;
            // After one more there may still be room: then the sink stays the next best.
            next = if slot.passed + 1 < slot.capacity { best } else { next };
        }
        for (position, row) in slot.occupants.iter().enumerate() {
            let row = &self.rows[*row as usize];
            let Held::Option(option) = row.held else {
                continue;
            };
            let value = row.potential + self.options[option].cost * self.scale;
            if value > best {
                next = best;
                best = value;
                out = Some(position);
            } else if value > next {
                next = value;
            }
        }
        slot.potential = slot.potential.min(next.max(best - self.without * self.scale) - step);
        match out {
            Some(position) => {
                let row = slot.occupants.swap_remove(position);
                self.rows[row as usize].held = Held::Nothing;
                self.waiting.push(row);
            }
            None => {
                slot.passed += 1;
                self.surplus += 1;
                self.returns.push((slot.potential, Reverse(index)));
            }
        }
    }

    /// The sink hands back one place that it does not need, the cheapest; answers whether there was one.
    fn hand_back(&mut self, step: i64) -> bool {
        while let Some((potential, Reverse(index))) = self.returns.pop() {
            let now = match index.checked_sub(self.slots.len()) {
                None if self.slots[index].passed > 0 => self.slots[index].potential,
                Some(row) if self.rows[row].held == Held::Without => self.back(row),
                _ => continue,
            };
            if now < potential {
                self.returns.push((now, Reverse(index)));
                continue;
            }
            if self.sink >= now {
                self.sink = now - step;
            }
            self.surplus -= 1;
            match index.checked_sub(self.slots.len()) {
                None => {
                    self.slots[index].passed -= 1;
                    if self.slots[index].passed > 0 {
                        self.returns.push((now, Reverse(index)));
                    }
                    self.relieve(index, step);
                }
                Some(row) => {
                    self.rows[row].held = Held::Nothing;
                    self.waiting.push(u32::try_from(row).unwrap_or(u32::MAX));
                }
            }
            return true;
        }
        false
    }

    /// Ends an aim's turn: keeps the options at which somebody pays the least, and closes slots with a price.
    fn settle(&mut self) {
        self.find_prices();
        let (mut kept, mut whole) = (Vec::new(), Vec::new());
        for row in &mut self.rows {
            let (from, held) = (kept.len(), row.held);
            let pays = |choice: &Choice| choice.cost + self.slots[choice.slot].price;
            let least = match held {
                Held::Option(held) => pays(&self.options[held]),
                Held::Nothing | Held::Without => row.without.unwrap_or(-FAR),
            };
            for option in row.from..row.to {
                if pays(&self.options[option]) == least {
                    if held == Held::Option(option) {
                        row.held = Held::Option(kept.len());
                    }
                    kept.push(self.options[option]);
                    whole.push(self.whole[option]);
                }
            }
            (row.from, row.to) = (from, kept.len());
            row.without = row.without.filter(|cost| *cost == least).map(|_| 0);
        }
        (self.options, self.whole) = (kept, whole);
        for slot in &mut self.slots {
            slot.is_closed |= slot.price > 0;
        }
    }

    /// Ends a class's turn: who is placed stays so, at no cost to whoever comes after; who goes without does, whoever of
    /// several that is takes no other slots.
    fn leave(&mut self, members: &[usize]) {
        for member in members {
            let row = &mut self.rows[*member];
            row.without = None;
            if row.held == Held::Without {
                row.to = row.from;
            }
            self.whole[row.from..row.to].fill(0);
        }
    }

    /// The price of each slot: the least that somebody in it would lose by leaving, and others by making room. Dijkstra's
    /// method from the free places backward; the potentials make all ways long enough but for rounding, so that a slot is
    /// rarely reached twice.
    fn find_prices(&mut self) {
        let mut first = vec![0usize; self.slots.len() + 1];
        for row in &self.rows {
            for choice in &self.options[row.from..row.to] {
                first[choice.slot + 1] += 1;
            }
        }
        for index in 1..first.len() {
            first[index] += first[index - 1];
        }
        let mut fill = first.clone();
        let mut wishes = vec![(0u32, 0i64); self.options.len()];
        for (index, row) in self.rows.iter().enumerate() {
            for choice in &self.options[row.from..row.to] {
                wishes[fill[choice.slot]] = (u32::try_from(index).unwrap_or(u32::MAX), choice.cost);
                fill[choice.slot] += 1;
            }
        }
        let mut heap = BinaryHeap::new();
        let key = |slot: &Slot, price: i64| Reverse(price * self.scale + slot.potential);
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let leaving = slot.occupants.iter().filter_map(|row| {
                let row = &self.rows[*row as usize];
                match row.held {
                    Held::Option(held) => Some(row.without? - self.options[held].cost),
                    Held::Nothing | Held::Without => None,
                }
            });
            let is_free = !slot.is_closed && slot.occupants.len() < slot.capacity;
            slot.price = if is_free { 0 } else { leaving.min().unwrap_or(FAR / self.scale) };
            heap.push((key(slot, slot.price), index, slot.price));
        }
        while let Some((_, index, price)) = heap.pop() {
            if price > self.slots[index].price {
                continue;
            }
            for (row, cost) in &wishes[first[index]..first[index + 1]] {
                let Held::Option(held) = self.rows[*row as usize].held else {
                    continue;
                };
                let Choice { slot: from, cost: paid } = self.options[held];
                let through = price + cost - paid;
                let slot = &mut self.slots[from];
                if from != index && through < slot.price {
                    slot.price = through;
                    heap.push((key(slot, through), from, through));
                }
            }
        }
    }
}
