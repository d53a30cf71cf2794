//! Diabetes clinic.

use super::Urgency::{Routine, Urgent};
use super::{Case, case};

const S: &str = "diabetes";

pub const CASES: &[Case] = &[
    case(S, "draft", 'm', (44, 60), Routine, ("E11.9", "Type 2 diabetes mellitus without complications"), "dm2 chol",
        "{N} has an HbA1c of 86 mmol/mol in spite of metformin, empagliflozin and gliclazide at full dose. He drives a lorry and is anxious about insulin and his licence. He weighs 118 kg. Eyes and kidneys were fine at the annual review. I would like advice on the next step."),
    case(S, "sent", 'f', (19, 32), Urgent, ("E10.9", "Type 1 diabetes mellitus without complications"), "dm1",
        "Please see {N}, who moved to our town in September to start a new job and has had type 1 diabetes since the age of nine. She has had three night-time hypos in a month for which her flatmate needed to help her. She no longer notices warning signs. HbA1c is 51 mmol/mol. She would like to be considered for a closed-loop pump. She is not planning a pregnancy at the moment."),
    case(S, "received", 'm', (34, 50), Urgent, ("E11.6", "Type 2 diabetes mellitus with other specified complications"), "dm2",
        "I am concerned about {N}, {age}, who has lost 9 kg in ten weeks without trying and is thirsty day and night. He was thought to have type 2 diabetes last year, but gliclazide and metformin do nothing for him now: fasting glucose is 19. Ketones were 1.1 this morning and he is not vomiting. His sister has coeliac disease. I suspect that he is short of insulin and have sent C-peptide and GAD antibodies. Please review within days; he knows when to go to the emergency department.").late(),
    case(S, "info-needed", 'f', (56, 72), Routine, ("E11.2", "Type 2 diabetes mellitus with renal complications"), "dm2 ckd htn",
        "{N} has had type 2 diabetes for eighteen years. Her eGFR has fallen from 58 to 41 in two years and the albumin-creatinine ratio is 45. Blood pressure is 138/80 on ramipril. HbA1c is 64 mmol/mol with metformin alone. She has had thrush twice, so I am unsure about an SGLT2 inhibitor. Please advise.")
        .note("We need the kidney and urine results of the last two years, and the date of your last eye photograph. Your practice has them; if you have a copy, you can send it here. Then we can plan one visit instead of two."),
    case(S, "accepted", 'f', (26, 38), Urgent, ("O24.1", "Pre-existing type 2 diabetes mellitus, in pregnancy"), "dm2",
        "{N} is {age} and seven weeks pregnant with her second child. She has type 2 diabetes treated with metformin, and HbA1c at booking was 58 mmol/mol. In her first pregnancy she needed insulin from 20 weeks. She takes folic acid 5 mg and has stopped her statin. She has no vomiting and no bleeding. Please see her in the joint antenatal clinic."),
    case(S, "booked", 'm', (48, 64), Routine, ("E11.4", "Type 2 diabetes mellitus with neurological complications"), "dm2 chol",
        "Thank you for seeing {N} about burning pain in both feet, worst in bed. He cannot feel the monofilament up to the ankles. The skin is whole, with no ulcer, and both pulses are easily felt. HbA1c is 72 mmol/mol. Duloxetine helped a little and amitriptyline made him too drowsy to work as a joiner. B12 is normal."),
    case(S, "appointment-cancelled", 'm', (20, 34), Routine, ("E10.9", "Type 1 diabetes mellitus without complications"), "dm1",
        "{N} has type 1 diabetes and asks to move from injections to a pump. He counts carbohydrates, checks with a sensor and has an HbA1c of 66 mmol/mol with swings after shift work. He has had no ketoacidosis since diagnosis. He completed the structured course in 2022. I support his request.")
        .note("The clinic has had to close that afternoon because of staff sickness. We are sorry; please choose another time."),
    case(S, "seen", 'f', (60, 76), Routine, ("E11.9", "Type 2 diabetes mellitus without complications"), "dm2 htn oa",
        "Please advise on {N}, {age}, who has taken twice-daily insulin for six years. She lives alone and her sight is failing, and last month she took her evening dose twice. Glucose that night was 2.9 and a neighbour rang for help. HbA1c is 49 mmol/mol, which I think is tighter than she needs. Could the insulin be simplified or even stopped?"),
    case(S, "outcome-received", 'm', (38, 54), Routine, ("E66.9", "Obesity, unspecified"), "dm2 htn",
        "{N} has a body mass index of 43 and type 2 diabetes of three years. He has lost and regained 15 kg twice. HbA1c is 61 mmol/mol on metformin. He has sleep apnoea treated with a mask. He is keen to try for remission and has read about the soup-and-shake programme. He has no history of an eating disorder, nor of pancreatitis.")
        .note("A motivated man and a good candidate for the remission programme, which he begins next month with our dietitian. Please stop metformin on the first day and halve ramipril, with weekly blood pressure checks at the practice for the first six weeks. We will see him at three and twelve months. If remission is not reached we would offer a GLP-1 medicine."),
    case(S, "closed", 'f', (40, 56), Routine, ("E13.9", "Other specified diabetes mellitus without complications"), "",
        "{N} was found to have a fasting glucose of 7.6 at a works medical. She is slim, runs half marathons and has no antibodies. Her father, his brother and her own son of 17 all have mild raised sugar that never needed treatment. She has no symptoms. I wonder about a single-gene form and whether testing is right for the family.")
        .note("Genetic testing confirms a glucokinase variant. This form is mild, stays stable for life and needs no treatment and no yearly complication screening beyond the usual. Please change the record code from type 2 diabetes, so that she is not offered tablets. Her son has been offered the same test. No follow-up here except in pregnancy."),
    case(S, "closed", 'm', (66, 84), Routine, ("E16.2", "Hypoglycaemia, unspecified"), "htn",
        "I would be glad of your help with {N}, {age}, who does not have diabetes but has had three spells of sweating and confusion before breakfast; his daughter's meter showed 2.8 during one of them. A biscuit put him right. He takes no diabetes medicine and nobody at home does. He has had no weight loss and no operations on the stomach. Cortisol at nine in the morning was normal.")
        .note("A supervised fast of 48 hours showed no glucose below 3.6 and suppressed insulin, so an insulinoma is very unlikely. The meter was out of date and read low by 1.4. The spells fit low blood pressure in the mornings; I have moved his amlodipine to the evening. Discharged with thanks.")
        .survey(5, "Two days in a side room and nobody came when I rang. I was told the result in the corridor."),
    case(S, "declined", 'f', (46, 62), Routine, ("R73.0", "Abnormal glucose tolerance test"), "",
        "{N} has an HbA1c of 44 mmol/mol at her health check and asks to see a specialist as her mother lost a leg to diabetes. She has no symptoms and her body mass index is 29. Blood pressure and cholesterol are fine. She has read that damage begins early and is frightened.")
        .note("Your blood test shows a raised risk, not diabetes, so you do not need this clinic. You can join the prevention programme this month: ring 01632 960440. Your practice will repeat the blood test in a year. Our nurse's short film about it is on the service page."),
    case(S, "cancelled", 'm', (30, 46), Routine, ("E11.9", "Type 2 diabetes mellitus without complications"), "dm2",
        "{N}, {age}, was diagnosed with type 2 diabetes in the spring and would like to discuss injections of semaglutide. HbA1c is 55 mmol/mol with metformin and his weight is 104 kg. He has had no pancreatitis and there is no family history of thyroid cancer. He has attended the group course.")
        .note("The patient is moving to another part of the country and will ask his new practice to refer him there."),
];
