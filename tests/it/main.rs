//! The product driven from outside, over real databases and local stand-ins.

mod house;
mod whole_way;
