namespace Openlayer.Interception.Tests.FSharp

type Person = { Name: string; Age: int }

type Shape =
    | Circle of radius: float
    | Rectangle of width: float * height: float
    | Labelled of string * int
    | Empty

type Tree =
    | Leaf
    | Node of left: Tree * value: int * right: Tree

[<Struct>]
type Point =
    | Cartesian of x: int * y: int
    | Origin

type Card =
    | Card of number: string * password: string

type Id = Id of int

type Level =
    | Low
    | High

[<Measure>]
type metre

type Holder =
    { Person: Person option
      Value: int voption
      Shape: Shape
      Outcome: Result<int, string> }

module Values =
    let person = { Name = "Ada"; Age = 36 }

    let someRecord: Person option = Some person

    let someNumber: int option = Some 1

    let valueOption: Person voption = ValueSome person

    let noValue: int voption = ValueNone

    let nested: int option option = Some(Some 1)

    let circle = Circle 1.5

    let rectangle = Rectangle(1.0, 2.0)

    let labelled = Labelled("a", 1)

    let empty = Shape.Empty

    let tree = Node(Leaf, 1, Node(Leaf, 2, Leaf))

    let cartesian = Cartesian(1, 2)

    let origin = Origin

    let card = Card("1", "secret")

    let id = Id 7

    let level = High

    let ok: Result<Person, string> = Ok person

    let error: Result<Person, string> = Error "no"

    let choice: Choice<int, string> = Choice1Of2 1

    let holder =
        { Person = Some person
          Value = ValueSome 1
          Shape = circle
          Outcome = Ok 1 }

    let list = [ 1; 2 ]

    let map = Map.ofList [ ("a", 1) ]

    let set = Set.ofList [ 1; 2 ]

    let shapes = [ Circle 1.0; Shape.Empty ]

    let measure = 3.0<metre>

    let anonymous = {| Name = "Ada"; Age = 1 |}

    let tuple = (1, "a")

    let structTuple = struct (1, "a")

    let increment: obj = box (fun (value: int) -> value + 1)

    let add: obj = box (fun (one: int) (other: int) -> one + other)

    let later: Async<int> = async { return 1 }

    let lazyValue: Lazy<int> = lazy 1

    let reference = ref 1

    let unitValue: unit = ()

    let numbers: seq<int> =
        seq {
            yield 1
            yield 2
        }

    let arrays: Person[] = [| person; { Name = "Bob"; Age = 1 } |]

    exception Refused of reason: string * code: int

    let refused: exn = Refused("no", 1)
