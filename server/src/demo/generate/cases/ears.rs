//! Ear, nose and throat clinic.

use super::Urgency::{Routine, TwoWeek, Urgent};
use super::{Case, case};

const S: &str = "ears";

pub const CASES: &[Case] = &[
    case(S, "draft", 'm', (38, 54), Routine, ("J33.9", "Nasal polyp, unspecified"), "asthma",
        "{N} has had a blocked nose and no sense of smell for a year. I can see grey polyps on both sides. Steroid drops for six weeks opened the left side for a time. His asthma flares with ibuprofen, which he avoids. There is no bleeding and no facial pain. I would like to ask about surgery."),
    case(S, "sent", 'f', (3, 6), Routine, ("H65.3", "Chronic mucoid otitis media"), "",
        "{F}, aged {age}, does not answer unless spoken to face to face, and nursery is concerned about her speech. Both drums have been dull with fluid at two checks fourteen weeks apart. The community hearing test shows a loss of 35 dB on both sides. She snores but does not stop breathing. There is no discharge and she is otherwise a well child. Would you consider grommets?"),
    case(S, "received", 'm', (54, 70), TwoWeek, ("R49.0", "Dysphonia"), "copd",
        "Suspected cancer referral for {N}, {age}, a publican who has been hoarse for six weeks. He has smoked twenty a day for forty years. There is no pain on swallowing, but he has a feeling of something in the throat and his wife thinks that he has lost weight. I can feel no lump in the neck. He has finished a course of antibiotics without change. Chest X-ray was clear."),
    case(S, "info-needed", 'f', (58, 74), Routine, ("H90.3", "Sensorineural hearing loss, bilateral"), "htn",
        "{N} finds it harder each month to follow talk in a group. Her left ear is worse than the right and she hears a steady hum in it at night. She has no dizziness, no discharge and no weakness of the face. The ear canals are clear and the drums look normal. I wonder whether she needs a scan as well as a hearing aid.")
        .note("We need the hearing test that you had on the high street. Please send a photo of it, or ask the shop for a copy. It tells us whether you need a scan before the visit.").late(),
    case(S, "accepted", 'f', (18, 28), Routine, ("J35.0", "Chronic tonsillitis"), "pen",
        "{N} has had seven bouts of tonsillitis in twelve months, each documented here, with a week off college for each one. She had a quinsy drained in March. Between attacks she is well and does not snore. She is allergic to penicillin. She would like to have her tonsils out, and she meets the local criteria.").late(),
    case(S, "accepted", 'm', (42, 58), TwoWeek, ("R22.1", "Localized swelling, mass and lump, neck"), "",
        "Please see {N} as a suspected cancer. He noticed a firm lump below the right jaw five weeks ago, which is now 3 cm across and not tender. He has had no cold or dental trouble. There is slight pain in the right ear when he swallows. He has never smoked. The tongue and tonsils look symmetrical to me. An ultrasound has been asked for at the same time."),
    case(S, "booked", 'f', (46, 62), Routine, ("H81.0", "Meniere disease"), "",
        "This {age}-year-old bus driver has had five attacks of spinning lasting two to four hours, with roaring and muffled hearing in the right ear. She is sick with them and has been off the road since August. Between attacks she walks normally. There is no headache and no double vision. Betahistine has made no difference. Her mother had similar turns in her fifties."),
    case(S, "no-show", 'm', (26, 40), Routine, ("J34.2", "Deviated nasal septum"), "",
        "{N} cannot breathe through the left side of his nose after it was broken at rugby four years ago. He sleeps with his mouth open and is woken by his own snoring. The septum is bent far to the left. A steroid spray for three months has not helped. He has no nosebleeds and his sense of smell is intact."),
    case(S, "seen", 'f', (50, 66), Urgent, ("H91.2", "Sudden idiopathic hearing loss"), "dm2",
        "Thank you for agreeing to see {N} today or tomorrow. She woke on Sunday with no hearing in the left ear and a loud hiss. There was no cold, injury or flight. The drum is normal and the tuning fork test points to a nerve loss. She has no facial weakness, and no dizziness. I have started prednisolone 60 mg and told her to watch her sugars."),
    case(S, "outcome-received", 'm', (6, 11), Routine, ("J35.3", "Hypertrophy of tonsils with hypertrophy of adenoids"), "asthma",
        "{F} is {age} and snores so loudly that his brother has moved rooms. His mother has filmed pauses of ten seconds with a gasp at the end. He is sleepy at school and his teacher has asked about his attention. The tonsils meet in the middle. He is growing along his centile. A nasal steroid has not helped. Please advise on removal of tonsils and adenoids.")
        .note("Overnight oximetry confirms moderate obstructive sleep apnoea. We have listed him for removal of tonsils and adenoids as a day case and expect a date within eight weeks; the pre-assessment nurse will ring his mother. Please continue his inhaler as usual and tell us of any cold in the week before. He will be reviewed by telephone six weeks after the operation."),
    case(S, "closed", 'f', (30, 48), Routine, ("H66.1", "Chronic tubotympanic suppurative otitis media"), "",
        "{N} has had a discharging right ear on and off for ten months, worse after swimming. There is a small dry hole in the drum today. Three kinds of drops have each worked for a while. She hears less well on that side, without pain, giddiness or facial weakness. She swims for her club and asks whether the hole can be closed.")
        .note("A 20 per cent central perforation with no cholesteatoma. Hearing loss is mild. The ear was cleaned under the microscope and a swab showed no growth. As it is dry with a moulded plug she has chosen not to have an operation for now. Open appointment for one year; she can ring the clinic directly.")
        .survey(2, "Good care. It would help to be able to park nearer."),
    case(S, "closed", 'm', (64, 80), TwoWeek, ("R04.0", "Epistaxis"), "htn af",
        "{N} has had nosebleeds from the left side on most days for a month with a blocked feeling on the same side. He takes rivaroxaban for atrial fibrillation. As a former cabinet maker he worked with hardwood dust for thirty years, and I would therefore like a growth excluded. He has not noticed double vision or numbness of the cheek. Haemoglobin is 128.")
        .note("Nasal endoscopy shows a prominent vessel on the front of the septum and no growth; the sinuses are clear on CT. The vessel was cauterised. He stays on rivaroxaban. Naseptin twice a day for two weeks, then petroleum jelly. No sign of cancer. Discharged."),
    case(S, "declined", 'f', (34, 50), Routine, ("H61.2", "Impacted cerumen"), "",
        "{N} has wax in both ears and has been told by two pharmacies that they will not syringe because she once had an infection. She has tried olive oil for a fortnight. There is no pain or discharge and the drums have never been perforated as far as I know. Hearing is muffled. Please could this be done under the microscope.")
        .note("The wax can be removed nearer to your home, without a hospital visit. The hub at Millrace Health Centre books within two weeks: your practice will arrange it. If your hearing stays poor once the wax is out, your practice can send you to us."),
];
